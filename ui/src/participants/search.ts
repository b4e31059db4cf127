/** What a search from the participants' page looks through, and where its hits lead. */
import type { RecordRow } from "@/generated/rpc";
import { sameIdentifier } from "./scan";

/** A tube's or a requisition's code finds its participant as well as the participant's own. */
export const SEARCHED = ["participant", "requisition", "specimen"];

/** The page of a hit. */
export function pageOf(row: RecordRow): string {
  if (row.model === "participant") return `/participants/${row.id}`;
  if (row.model === "specimen") return `/specimens/${row.id}`;
  return `/records/${row.id}`;
}

/** The one record that is meant: its identifier is what was typed, or nothing else was found. */
export function hitFor(rows: RecordRow[], typed: string): RecordRow | undefined {
  const exact = rows.filter((row) => sameIdentifier(row.key, typed) || row.fields["identity"] === typed);
  if (exact.length === 1) return exact[0];
  return rows.length === 1 ? rows[0] : undefined;
}
