/** Ties a form's sitting to the page: keys, leaving, locking, closing. */
import { onBeforeUnmount, onMounted, ref, type Ref } from "vue";
import { onBeforeRouteLeave, useRouter } from "vue-router";
import { useI18n } from "vue-i18n";
import { failureOf, usePlatform } from "@/platform";
import { onFlush } from "@/state/drafts";
import { useToasts } from "@/state/toasts";
import type { FormDoor, FormSession } from "./formSession";

/** The commands of a sitting, through this page's platform. */
export function useFormDoor(): FormDoor {
  const platform = usePlatform();
  return {
    save: (args) => platform.call("save", args),
    draftPut: (args) => platform.call("draft_put", args),
    draftDelete: (args) => platform.call("draft_delete", args),
    asFailure: failureOf,
  };
}

export interface Sitting {
  /** Whether the question "leave and lose what is typed?" is open. */
  asking: Ref<boolean>;
  /** Answers the question. */
  answer(leave: boolean): void;
  /** Leaves the form, as Esc does. */
  leave(): void;
}

export function useSitting(session: FormSession, dirty: () => boolean, back: () => string): Sitting {
  const router = useRouter();
  const toasts = useToasts();
  const { t } = useI18n();
  const asking = ref(false);
  let decide: ((leave: boolean) => void) | undefined;

  const settle = async (): Promise<void> => void (await session.settle());

  onFlush(settle);

  onBeforeRouteLeave(async () => {
    const unsaved = !session.state.over && dirty();
    if (await session.settle()) {
      if (unsaved) toasts.say(t("forms.draft.kept_on_leaving"));
      return true;
    }
    asking.value = true;
    return new Promise<boolean>((resolve) => (decide = resolve));
  });

  function beforeUnload(event: BeforeUnloadEvent): void {
    if (!session.losing()) return;
    void settle();
    event.preventDefault();
  }

  function hidden(): void {
    if (document.visibilityState === "hidden") void settle();
  }

  onMounted(() => {
    window.addEventListener("beforeunload", beforeUnload);
    window.addEventListener("blur", settle);
    document.addEventListener("visibilitychange", hidden);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("beforeunload", beforeUnload);
    window.removeEventListener("blur", settle);
    document.removeEventListener("visibilitychange", hidden);
  });

  return {
    asking,
    answer(leave) {
      asking.value = false;
      decide?.(leave);
    },
    leave: () => void router.push(back()),
  };
}
