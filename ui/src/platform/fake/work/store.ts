/** Records in memory, as lists, pages and searches show them. */
import type { Draft, RecordDetail, RecordPage, RecordRef, RecordRow } from "@/generated/rpc";

export type Fields = RecordRow["fields"];

export interface Kept {
  id: string;
  model: string;
  fields: Fields;
  isVoid: boolean;
  reason: string | null;
  at: string;
  status: RecordRow["status"];
}

/** For each model, its reference fields. */
export const REFERENCES: Record<string, string[]> = {
  household_visit: ["household"],
  household_member: ["household"],
  eligibility: ["member"],
  participant: ["household", "member"],
  consent: ["participant"],
  visit: ["participant"],
  requisition: ["participant", "visit"],
  specimen: ["requisition"],
  attachment: ["about"],
};

const IDENTIFIERS: Record<string, (n: string, fields: Fields) => [string, string]> = {
  household: (n, fields) => [
    "household_identifier",
    `${String(fields["community"]).slice(0, 2).toUpperCase()}-A7K-${n}-Q`,
  ],
  participant: (n) => ["subject_identifier", `066-40-A7K-${n}-H`],
  requisition: (n) => ["requisition_identifier", `A7K-${n}-3`],
  specimen: (n, fields) => ["specimen_identifier", `A7K${n}${String(fields["item"]).padStart(2, "0")}W`],
};

const records = new Map<string, Kept>();
const counters = new Map<string, number>();
/** How many labels of a specimen were printed. */
export const prints = new Map<string, number>();
export const drafts = new Map<string, Draft>();

export function newId(): string {
  return crypto.randomUUID();
}

export function insert(
  model: string,
  id: string,
  set: Fields,
  at: string,
  status: Kept["status"] = "ready",
): Kept {
  const fields: Fields = { ...set };
  delete fields["confirm_identity"];
  const name = IDENTIFIERS[model];
  if (name) {
    const n = (counters.get(model) ?? 0) + 1;
    counters.set(model, n);
    const [field, identifier] = name(n.toString(32).toUpperCase().padStart(4, "0"), fields);
    // A label of a roll that was taken up stays.
    fields[field] ??= identifier;
  }
  const kept: Kept = { id, model, fields, isVoid: false, reason: null, at, status };
  records.set(id, kept);
  return kept;
}

export const get = (id: string): Kept | undefined => records.get(id);
export const of = (model: string): Kept[] => [...records.values()].filter((kept) => kept.model === model);
export const pointingAt = (id: string): Kept[] =>
  [...records.values()].filter((kept) =>
    (REFERENCES[kept.model] ?? []).some((field) => kept.fields[field] === id),
  );

function keyOf(kept: Kept): string {
  const { fields } = kept;
  const own = ["household_identifier", "subject_identifier", "requisition_identifier", "specimen_identifier"];
  const found = own.map((field) => fields[field]).find((value) => typeof value === "string");
  if (found) return String(found);
  const parts: Record<string, string[]> = {
    household_visit: ["visited_at"],
    household_member: ["first_name", "initials"],
    eligibility: ["screened_at"],
    consent: ["consent_version"],
    visit: ["visit_code"],
    attachment: ["file_name"],
  };
  return (parts[kept.model] ?? []).map((field) => String(fields[field] ?? "").slice(0, 60)).join(" ");
}

function labelOf({ model, fields }: Kept): string {
  const text = (...names: string[]): string =>
    names
      .map((name) => fields[name] ?? "")
      .join(" ")
      .trim();
  if (model === "household") return text("community", "section", "plot");
  if (model === "participant") return text("first_name", "last_name");
  if (model === "household_member") return text("first_name");
  if (model === "requisition") return text("panel");
  if (model === "attachment") return text("file_name");
  return "";
}

export function refOf(kept: Kept): RecordRef {
  return { id: kept.id, model: kept.model, key: keyOf(kept), label: labelOf(kept) };
}

export function rowOf(kept: Kept): RecordRow {
  const references: Record<string, RecordRef> = {};
  for (const field of REFERENCES[kept.model] ?? []) {
    const other = get(String(kept.fields[field]));
    if (other) references[field] = refOf(other);
  }
  return {
    ...refOf(kept),
    status: kept.status,
    fields: kept.fields,
    references,
    conflicts: [],
    findings: 0,
    is_void: kept.isVoid,
    modified_at: kept.at,
    modified_by: "Lesedi Motswagole",
  };
}

export function detailOf(kept: Kept): RecordDetail {
  return {
    row: rowOf(kept),
    conflicts: [],
    findings: [],
    children: pointingAt(kept.id).map(rowOf),
    void_reason: kept.isVoid ? kept.reason : null,
    driver: null,
  };
}

export function matching(rows: Kept[], text: string): Kept[] {
  const words = text.toLocaleUpperCase().split(/\s+/).filter(Boolean);
  const plain = (value: string): string => value.toLocaleUpperCase();
  return rows.filter((kept) => {
    const all = plain(Object.values(kept.fields).join(" "));
    return words.every((word) => all.includes(word));
  });
}

export function pageOf(rows: Kept[], offset: number, limit: number): RecordPage {
  return { total: rows.length, rows: rows.slice(offset, offset + limit).map(rowOf) };
}
