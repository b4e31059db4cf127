/** A participant in one line, and an age in years. */
import type { RecordRow } from "@/generated/rpc";

/** Full years between a birth date, `1990-12-15`, and a day. */
export function ageInYears(dob: unknown, today: Date): number | undefined {
  if (typeof dob !== "string") return undefined;
  const [year, month, day] = dob.split("-").map(Number);
  if (!year || !month || !day) return undefined;
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  return today.getFullYear() - year - (before ? 1 : 0);
}

export function fullName(row: RecordRow): string {
  return [row.fields["first_name"], row.fields["last_name"]].filter(Boolean).join(" ");
}

/** Subject identifier, name and initials. */
export function personLine(row: RecordRow): string {
  return [row.key, fullName(row), row.fields["initials"]].filter(Boolean).join(" · ");
}
