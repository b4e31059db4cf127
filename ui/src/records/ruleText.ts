/** A rule's sentence in the person's language: Rust's own in English, the translation by code elsewhere. */
import { useI18n } from "vue-i18n";
import type { FindingView, Problem } from "@/generated/rpc";
import { useLabels } from "@/state/forms";

export function useRuleText(): (model: string, problem: FindingView | Problem) => string {
  const { t, te, locale } = useI18n();
  const { fieldLabel } = useLabels();
  return (model, problem) => {
    const key = `rules.${problem.code}`;
    if (locale.value === "en" || !te(key)) return problem.message;
    const field = problem.field ? fieldLabel(model, problem.field) : "";
    return t(key, { ...problem.params, field });
  };
}
