/** What a rule says, in the person's language: Rust's English is the most precise, translations are found by code. */
import { useI18n } from "vue-i18n";
import type { FindingView, Problem } from "@/generated/rpc";
import { useLabels } from "@/state/forms";

export function useProblemWords() {
  const { t, te, locale } = useI18n();
  const { fieldLabel } = useLabels();

  function problemText(problem: Problem): string {
    const key = `rules.${problem.code}`;
    if (locale.value === "en" || !te(key, locale.value)) return problem.message;
    return t(key, { ...problem.params, field: fieldLabel(problem.model, problem.field) });
  }

  function findingText(finding: FindingView, model: string): string {
    const key = `rules.${finding.code}`;
    if (locale.value === "en" || !te(key, locale.value)) return finding.message;
    return t(key, { ...finding.params, field: finding.field ? fieldLabel(model, finding.field) : "" });
  }

  return { problemText, findingText };
}
