/**
 * Instants as a person reads them, in this computer's zone. Browsers know no Setswana months: digits there, in the order
 * in which dates are typed.
 */
const SHAPES: Record<string, [locale: string, day: Intl.DateTimeFormatOptions]> = {
  en: ["en-GB", { day: "numeric", month: "short", year: "numeric" }],
  tn: ["en-GB", { day: "2-digit", month: "2-digit", year: "numeric" }],
};

const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };

export function dayText(instant: string, locale: string): string {
  return formatted(instant, locale, {});
}

export function momentText(instant: string, locale: string): string {
  return formatted(instant, locale, TIME);
}

/** A calendar day such as a date of birth: the same day in every zone. */
export function dateText(date: string, locale: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(date) ? formatted(`${date}T12:00:00`, locale, {}) : date;
}

/** An instant that cannot be read is shown as it came. */
function formatted(instant: string, locale: string, time: Intl.DateTimeFormatOptions): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  const [name, day] = SHAPES[locale] ?? ["en-GB", {}];
  return new Intl.DateTimeFormat(name, { ...day, ...time }).format(date);
}
