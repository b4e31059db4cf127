/** The demonstration study, as Rust would describe it to the pages. */
import lists from "../../../../../demo/study/code_lists.json";
import communities from "../../../../../demo/study/communities.json";
import labels from "../../../../../demo/study/labels.json";
import panels from "../../../../../demo/study/panels.json";
import study from "../../../../../demo/study/study.json";
import type { ChoiceDescription, FieldDescription, Forms, ModelDescription } from "@/generated/rpc";
import models from "./models.json";

interface PlainField extends Partial<Omit<FieldDescription, "labels">> {
  name: string;
  label: string;
  kind: string;
  list?: string;
}

type Code = { code: string; labels: Record<string, string>; gender?: string };

const codeLists: Record<string, Code[]> = lists.code_lists;
/** Codes to which Rust itself gives a meaning; it knows them in English only. */
const IDENTIFIED_BY: Code[] = [
  { code: "scanned", labels: { en: "Scanned" } },
  { code: "typed", labels: { en: "Typed" } },
  { code: "by_hand", labels: { en: "By hand" } },
];
/** Some of them; the pages have words for all. */
const DISCREPANCIES: Code[] = [
  "late",
  "unlabelled",
  "mislabelled",
  "unreadable",
  "broken",
  "leaking",
  "haemolysed",
  "clotted",
  "short_volume",
  "too_warm",
].map((code) => ({ code, labels: { en: code } }));
const fieldLabels: Record<string, Record<string, string>> = labels.field_labels;

function choices(list: string | undefined): ChoiceDescription[] {
  const named = (code: string, name: string): Code => ({ code, labels: { en: name, tn: name } });
  const all: Code[] =
    list === "Communities"
      ? communities.communities.map(({ name }) => named(name, name))
      : list === "Languages"
        ? study.languages.map(({ code, name }) => named(code, name))
        : list === "Panels"
          ? panels.panels
          : list === "IdentifiedBy"
            ? IDENTIFIED_BY
            : list === "Discrepancies"
              ? DISCREPANCIES
              : (codeLists[list ?? ""] ?? []);
  return all.map((code) => ({ code: code.code, labels: code.labels, gender: code.gender ?? null }));
}

function described(model: string, { label, list, ...field }: PlainField): FieldDescription {
  const nothing = {
    required_when: null,
    max_length: null,
    min: null,
    max: null,
    places: null,
    references: null,
  };
  const flags = {
    required: false,
    transient: false,
    computed: false,
    locked: false,
    carrier: false,
    past: false,
  };
  return {
    ...nothing,
    ...flags,
    ...field,
    labels: { en: label, ...fieldLabels[`${model}.${field.name}`] },
    choices: choices(list),
  };
}

export const MODELS: ModelDescription[] = Object.entries(models).map(([name, model]) => ({
  name,
  label: model.label,
  version: 1,
  kind: "record",
  syncs: true,
  dependencies: [],
  fields: (model.fields as PlainField[]).map((field) => described(name, field)),
}));

export const FORMS: Forms = {
  models: MODELS,
  panels: panels.panels.map((panel) => ({
    code: panel.code,
    name: panel.labels.en,
    abbreviation: panel.abbreviation,
    item_type: panel.item_type,
    tube_type: panel.tube_type,
    colour: panel.colour,
    item_count: panel.code === "chemistry" ? 2 : panel.item_count,
    volume_min: panel.volume_ml.low,
    volume_max: panel.volume_ml.high,
    hours_to_lab: panel.hours_to_lab,
  })),
};
