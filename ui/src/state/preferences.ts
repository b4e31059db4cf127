/** Language and appearance, as the client's state says. */
import { watch, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";
import { useTheme } from "vuetify";
import type { AppState } from "@/generated/rpc";
import { isLanguage } from "@/i18n";

export function usePreferences(state: ComputedRef<AppState | undefined>): void {
  const apply = useApplyPreferences();
  watch(
    () => [state.value?.language, state.value?.theme] as const,
    ([language, theme]) => {
      if (language !== undefined && theme !== undefined) apply(language, theme);
    },
    { immediate: true },
  );
}

/** Shows the pages in a language and a theme (`light`, `dark`, `system`). */
export function useApplyPreferences(): (language: string, theme: string) => void {
  const { locale } = useI18n();
  const vuetify = useTheme();
  return (language, theme) => {
    if (isLanguage(language)) {
      locale.value = language;
      document.documentElement.lang = language;
    }
    vuetify.change(["light", "dark"].includes(theme) ? theme : "system");
  };
}
