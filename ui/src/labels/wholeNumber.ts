/** A whole number within its bounds, as typed into a small field; `undefined` if it is none. */
export function wholeNumber(text: string, low: number, high: number): number | undefined {
  if (!/^\d{1,4}$/.test(text.trim())) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}
