/** Times, ages, sizes and failures in the person's language. */
import { useI18n } from "vue-i18n";
import type { Failure, SyncProblem } from "@/generated/rpc";
import { ageText } from "./age";
import { dayText, momentText } from "./moment";
import { sizeText } from "./size";

/** Title, detail and action of a failure. */
export interface Words {
  title: string;
  detail: string;
  action: string;
}

export function useFormat() {
  const { t, te, locale } = useI18n();
  return {
    age: (seconds: number) => ageText(seconds, t),
    size: (bytes: number) => sizeText(bytes, locale.value),
    number: (value: number) => new Intl.NumberFormat("en-ZA").format(value),
    /** Day and time to the minute, in this computer's zone. */
    moment: (instant: string) => momentText(instant, locale.value),
    day: (instant: string) => dayText(instant, locale.value),
    /**
     * Rust's words are English and the most precise; in another language the translation by code is shown, and Rust's
     * words where there is none.
     */
    words(failure: Failure | SyncProblem): Words {
      // A save that rules refuse and a server that refuses a connection have one code, and are told apart by the rules.
      const code = "problems" in failure && failure.problems.length > 0 ? "not_saved" : failure.code;
      const key = te(`problems.${code}.title`, "en") ? code : "internal";
      const own = (part: keyof Words) =>
        t(`problems.${key}.${part}`, { error: "", detail: "", host: "", user: "", ...failure.params });
      if (failure.title && (locale.value === "en" || key !== code)) {
        return { title: failure.title, detail: failure.detail, action: failure.action };
      }
      return { title: own("title"), detail: own("detail"), action: own("action") };
    },
  };
}
