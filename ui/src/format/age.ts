/** Ages and times left as a person says them: the two largest units, never more. */

export interface AgePart {
  unit: "day" | "hour" | "minute" | "second";
  count: number;
}

const UNITS: [AgePart["unit"], number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** `12 340` seconds are 3 hours and 25 minutes. Seconds are said only below one minute; a negative age is none. */
export function ageParts(seconds: number): AgePart[] {
  let left = Math.max(0, Math.floor(seconds));
  if (left < 60) return [{ unit: "second", count: left }];
  const parts: AgePart[] = [];
  for (const [unit, size] of UNITS.slice(0, 3)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push({ unit, count });
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts;
}

/** An age in the words of a language; `t` is vue-i18n's. */
export function ageText(
  seconds: number,
  t: (key: string, values: Record<string, unknown>) => string,
): string {
  return ageParts(seconds)
    .map(({ unit, count }) => t(`age.${unit}`, { count }))
    .join(" ");
}

/** Seconds since an instant. */
export function secondsSince(instant: string, now: number = Date.now()): number {
  return (now - Date.parse(instant)) / 1_000;
}
