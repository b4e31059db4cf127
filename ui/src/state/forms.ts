/** Names of models, fields and choices in the person's language; fields and choices come with the study package. */
import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import type { FieldDescription, Forms } from "@/generated/rpc";
import { dateText, momentText } from "@/format/moment";
import { usePlatform } from "@/platform";

/** The field whose code labels a record, by model; see `label` in crates/rpc/src/views.rs. */
const LABELLED_BY: Record<string, string> = {
  household_visit: "outcome",
  consent: "consent_version",
  visit: "visit_code",
  requisition: "panel",
  specimen: "tube_type",
};
const SCREENED: Record<string, string> = {
  eligible: "households.eligible",
  "not eligible": "households.not_eligible",
};

type Scalar = string | number | boolean | null;

export function useForms() {
  const platform = usePlatform();
  const command = platform.host === "server" ? "server_forms" : "forms";
  const query = useQuery<Forms>({
    queryKey: ["forms"],
    queryFn: () => platform.call(command, {}),
    staleTime: 300_000,
  });
  return { forms: computed<Forms | undefined>(() => query.data.value) };
}

export function useLabels() {
  const { t, te, locale } = useI18n();
  const { forms } = useForms();

  const inWords = (code: string) => {
    const words = code.replace(/^_/, "").replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  };
  /** The study's own words, then ours: to what Rust names itself it gives English words only. */
  const inLanguage = (labels: Record<string, string> | undefined, ours: string) =>
    labels?.[locale.value] ?? (te(ours, locale.value) ? t(ours) : labels?.["en"]);

  function field(model: string, name: string): FieldDescription | undefined {
    return forms.value?.models.find((m) => m.name === model)?.fields.find((f) => f.name === name);
  }
  function modelLabel(model: string, count = 1): string {
    return te(`models.${model}`) ? t(`models.${model}`, count) : inWords(model);
  }
  function fieldLabel(model: string, name: string): string {
    if (te(`fields.${name}`)) return t(`fields.${name}`);
    return inLanguage(field(model, name)?.labels, `records.fields.${model}.${name}`) ?? inWords(name);
  }
  function valueText(model: string, name: string, value: Scalar | undefined): string {
    if (value === null || value === undefined || value === "") return t("common.empty_value");
    if (typeof value === "boolean") return value ? t("common.yes") : t("common.no");
    const description = field(model, name);
    const choice = description?.choices.find((c) => c.code === value);
    if (choice) return inLanguage(choice.labels, `records.choices.${name}.${choice.code}`) ?? choice.code;
    if (description?.kind === "date_time" && typeof value === "string")
      return momentText(value, locale.value);
    if (description?.kind === "date" && typeof value === "string") return dateText(value, locale.value);
    return String(value);
  }
  /** What a record is called on a page: Rust labels some by a code, which is said in words here. */
  function recordLabel({ model, label, key }: { model: string; label: string; key: string }): string {
    if (label === "") return key;
    if (model === "eligibility" && label in SCREENED) return t(SCREENED[label] ?? "");
    const coded = LABELLED_BY[model];
    return coded ? valueText(model, coded, label) : label;
  }
  return { modelLabel, fieldLabel, valueText, recordLabel, field, forms };
}
