/** The options of a field that is chosen, in the person's language. */
import { useI18n } from "vue-i18n";
import type { FieldDescription } from "@/generated/rpc";
import type { Option } from "./options";

export function useOptions(): (field: FieldDescription) => Option[] {
  const { t, te, locale } = useI18n();

  function name(field: FieldDescription, code: string, labels: Record<string, string>): string {
    const own = `records.choices.${field.name}.${code}`;
    return labels[locale.value] ?? (te(own, locale.value) ? t(own) : (labels["en"] ?? code));
  }

  return (field) => {
    if (field.kind === "bool") {
      return [
        { value: true, label: t("common.yes") },
        { value: false, label: t("common.no") },
      ];
    }
    return field.choices.map(({ code, labels }) => ({ value: code, label: name(field, code, labels) }));
  };
}
