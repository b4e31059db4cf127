/** Labels of a roll that are taken up for the tubes of one panel: what was scanned, how, when. */
import { reactive } from "vue";
import type { Problem } from "@/generated/rpc";
import type { Values } from "@/components/forms/values";
import { plainIdentifier } from "@/participants/scan";
import type { Entered } from "@/components/entered";

export interface RollLabel {
  /** As it came from the scanner; Rust reads it. */
  code: string;
  by: Entered;
  /** Why it was typed. */
  reason: string;
  /** When it was scanned, UTC. */
  at: string;
}

/** What a draft keeps. */
export interface RollContent {
  used: boolean;
  labels: RollLabel[];
}

export interface RollLabels extends RollContent {
  /** What a refused save said, by tube. */
  problems: Record<number, Problem[]>;
  /** Complaints are shown from now on. */
  showAll: boolean;
  /** Takes down what is known of one tube's label. */
  put(index: number, changes: Partial<RollLabel>): void;
  /** Uses the roll, or lets Tsela make the identifiers; what was scanned stays. */
  use(used: boolean): void;
}

/** The fields of a specimen that a scanned label fills. */
const LABEL_FIELDS = new Set(["specimen_identifier", "labelled_at", "labelled_by", "labelled_reason"]);

export const isOfLabel = ({ model, field }: Problem): boolean =>
  model === "specimen" && LABEL_FIELDS.has(field);

export function rollLabels(content: RollContent = { used: false, labels: [] }): RollLabels {
  const roll: RollLabels = reactive({
    ...structuredClone(content),
    problems: {},
    showAll: false,
    put(index, changes) {
      while (roll.labels.length <= index) roll.labels.push(emptyLabel());
      Object.assign(roll.labels[index] ?? {}, changes);
      roll.problems[index] = [];
    },
    use(used) {
      roll.used = used;
    },
  });
  return roll;
}

export const emptyLabel = (): RollLabel => ({ code: "", by: "typed", reason: "", at: "" });

/** The labels of so many tubes, in their order. */
export function labelsOf(roll: RollContent, count: number): RollLabel[] {
  return Array.from({ length: count }, (_, index) => roll.labels[index] ?? emptyLabel());
}

/** What a label sets in its specimen; nothing if the field is empty. */
export function labelValues(label: RollLabel | undefined): Values {
  const code = label?.code.trim() ?? "";
  if (!label || code === "") return {};
  const why: Values = label.by === "typed" ? { labelled_reason: label.reason.trim() } : {};
  return { specimen_identifier: code, labelled_at: label.at, labelled_by: label.by, ...why };
}

export const lacksReason = ({ code, by, reason }: RollLabel): boolean =>
  code.trim() !== "" && by === "typed" && reason.trim() === "";

/** Codes that stand in more than one field, in one spelling. */
export function twice(labels: RollLabel[]): Set<string> {
  const codes = labels.map(({ code }) => plainIdentifier(code)).filter(Boolean);
  return new Set(codes.filter((code, index) => codes.indexOf(code) !== index));
}
