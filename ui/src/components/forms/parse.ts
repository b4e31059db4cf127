/**
 * Reading what people type into numbers, dates and times, and writing it back.
 *
 * Only the reading is done here; whether a value makes sense is for the rules in Rust. A text that cannot be read keeps
 * its place in the form together with the reason, so that nothing typed is lost.
 */

/** Why a text could not be read; names a translation under `forms.parse`. */
export type ParseProblem = "integer" | "decimal" | "date" | "no_such_day" | "time" | "no_such_time";

export type Parsed<T> = { ok: true; value: T | null } | { ok: false; problem: ParseProblem };

const EMPTY = { ok: true, value: null } as const;

function failed(problem: ParseProblem): { ok: false; problem: ParseProblem } {
  return { ok: false, problem };
}

/** Reads a whole number. */
export function parseInteger(text: string): Parsed<number> {
  const typed = text.trim();
  if (typed === "") return EMPTY;
  if (!/^[+-]?\d{1,15}$/.test(typed)) return failed("integer");
  return { ok: true, value: Number(typed) };
}

/** Reads a decimal; it stays text, as floating point would change it. A decimal comma is read as a point. */
export function parseDecimal(text: string): Parsed<string> {
  const typed = text
    .trim()
    .replace(",", ".")
    .replace(/^\u2212/, "-");
  if (typed === "") return EMPTY;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(typed)) return failed("decimal");
  return {
    ok: true,
    value: typed
      .replace(/^\+/, "")
      .replace(/\.$/, "")
      .replace(/^(-?)\./, "$10."),
  };
}

/** Reads a date typed as `2/3/2026`, `02-03-2026`, `2.3.2026`, `02032026` (day first) or `2026-03-02`. */
export function parseDate(text: string): Parsed<string> {
  const typed = text.trim();
  if (typed === "") return EMPTY;
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed);
  if (iso) return calendarDay(iso[1], iso[2], iso[3]);
  const local =
    /^(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})$/.exec(typed) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(typed);
  if (local) return calendarDay(local[3], local[2], local[1]);
  return failed("date");
}

/** Reads a local time, `02/03/2026 07:37`, `2026-03-02 07:37` or today's `07:37`, into UTC, `2026-03-02T05:37:00Z`. */
export function parseDateTime(text: string, now: Date): Parsed<string> {
  const typed = text.trim();
  if (typed === "") return EMPTY;
  const match = /^(?:(.+?)[\sT]+)?(\d{1,2})[:.h](\d{2})(?::(\d{2}))?$/.exec(typed);
  if (!match) return failed("time");
  const day = match[1] === undefined ? { ok: true as const, value: isoDay(now) } : parseDate(match[1]);
  if (!day.ok) return day;
  if (day.value === null) return failed("time");
  return localInstant(day.value, Number(match[2]), Number(match[3]), Number(match[4] ?? 0));
}

/** Writes a date for editing: `02/03/2026`. */
export function showDate(iso: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  return match ? `${match[3]}/${match[2]}/${match[1]}` : iso;
}

/** Writes an instant as local time for editing: `02/03/2026 07:37`, with seconds only where there are any. */
export function showDateTime(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const seconds = at.getSeconds() === 0 ? "" : `:${two(at.getSeconds())}`;
  return `${showDate(isoDay(at))} ${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}

/** The present minute in UTC, as it is stored. */
export function presentMinute(now: Date): string {
  return utc(new Date(Math.floor(now.getTime() / 60_000) * 60_000));
}

/** The local calendar day of an instant, `2026-03-02`. */
export function isoDay(at: Date): string {
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function calendarDay(year = "", month = "", day = ""): Parsed<string> {
  const at = new Date(0);
  at.setFullYear(Number(year), Number(month) - 1, Number(day));
  const real =
    at.getFullYear() === Number(year) && at.getMonth() === Number(month) - 1 && at.getDate() === Number(day);
  return real
    ? { ok: true, value: `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` }
    : failed("no_such_day");
}

function localInstant(day: string, hours: number, minutes: number, seconds: number): Parsed<string> {
  if (hours > 23 || minutes > 59 || seconds > 59) return failed("no_such_time");
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const at = new Date(year, month - 1, date, hours, minutes, seconds);
  // An hour that the clocks skip in spring does not exist.
  if (at.getHours() !== hours || at.getMinutes() !== minutes) return failed("no_such_time");
  return { ok: true, value: utc(at) };
}

function utc(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
