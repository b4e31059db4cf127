/** What comes next with a member of a household, by what is there already. Whether it may be done is for the rules. */
import type { RecordDetail, RecordRow } from "@/generated/rpc";

export type Step =
  | { kind: "screen"; to: string }
  | { kind: "register"; to: string }
  | { kind: "consent"; to: string }
  | { kind: "ineligible"; reasons: string[]; to: string }
  | { kind: "withdrawn"; to: string }
  | { kind: "enrolled"; to: string };

const live = (rows: RecordRow[], model: string): RecordRow[] =>
  rows.filter((row) => row.model === model && !row.is_void);

/** The last of several records by a time field. */
export function lastBy(rows: RecordRow[], field: string): RecordRow | undefined {
  return [...rows]
    .sort((a, b) => String(a.fields[field] ?? "").localeCompare(String(b.fields[field] ?? "")))
    .at(-1);
}

export type ConsentStatus = { kind: "none" } | { kind: "given" | "withdrawn"; consent: RecordRow };

/** The standing of a participant's consents: one that is not taken back is enough. */
export function consentStatus(children: RecordRow[]): ConsentStatus {
  const consents = live(children, "consent");
  const standing = consents.filter((row) => !row.fields["withdrawn_at"]);
  const given = lastBy(standing, "consent_datetime");
  if (given) return { kind: "given", consent: given };
  const withdrawn = lastBy(consents, "withdrawn_at");
  return withdrawn ? { kind: "withdrawn", consent: withdrawn } : { kind: "none" };
}

export function reasonsForLoss(row: RecordRow): string[] {
  const reasons = row.fields["reasons_for_loss"];
  return typeof reasons === "string"
    ? reasons
        .split(",")
        .map((reason) => reason.trim())
        .filter(Boolean)
    : [];
}

/** The next step; `participant` is the detail of the member's participant, if there is one. */
export function nextStep(member: RecordDetail, participant: RecordDetail | undefined): Step {
  const id = member.row.id;
  const known = live(member.children, "participant")[0];
  if (known) {
    const status = participant ? consentStatus(participant.children).kind : "given";
    if (status === "none") return { kind: "consent", to: `/participants/${known.id}/consents/new` };
    return { kind: status === "withdrawn" ? "withdrawn" : "enrolled", to: `/participants/${known.id}` };
  }
  const screening = lastBy(live(member.children, "eligibility"), "screened_at");
  if (!screening) return { kind: "screen", to: `/members/${id}/screen` };
  if (screening.fields["eligible"] === false) {
    return { kind: "ineligible", reasons: reasonsForLoss(screening), to: `/records/${screening.id}` };
  }
  return { kind: "register", to: `/members/${id}/register` };
}
