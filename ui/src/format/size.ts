/** Bytes as a person reads them: three digits and a unit, decimal as disks and links count. */
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

export function sizeText(bytes: number, locale: string): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const number = new Intl.NumberFormat(locale === "tn" ? "en-ZA" : locale, { maximumFractionDigits: digits });
  return `${number.format(value)} ${UNITS[unit] ?? ""}`;
}
