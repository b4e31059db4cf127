/**
 * How far tubes came, for a picture: the report counts a tube in every column that it has passed, a bar has it once, at
 * the last of them. So the parts of a bar add up to what was requisitioned.
 */
import type { ReportRow } from "@/generated/rpc";

export const STAGES = [
  "requisitioned",
  "collected",
  "packed",
  "with_driver",
  "received",
  "rejected",
  "accepted",
] as const;
export type Stage = (typeof STAGES)[number];

/** The columns of the table, in the order of a tube's way. */
export const COLUMNS = [
  "requisitioned",
  "collected",
  "packed",
  "with_driver",
  "received",
  "accepted",
  "rejected",
  "missing",
] as const;
export type ReportColumn = (typeof COLUMNS)[number];

export function furthest(row: ReportRow): Record<Stage, number> {
  // Never below nothing, whatever a report says: a bar has no negative part.
  const only = (count: number, beyond: number) => Math.max(0, count - beyond);
  return {
    requisitioned: only(row.requisitioned, row.collected),
    collected: only(row.collected, row.packed),
    packed: only(row.packed, row.with_driver),
    with_driver: only(row.with_driver, row.received),
    received: only(row.received, row.accepted + row.rejected),
    rejected: row.rejected,
    accepted: row.accepted,
  };
}
