/** Calendar days as `2026-03-02`, in this computer's zone; arithmetic goes by days and not by hours, which a clock change shifts. */
import { isoDay } from "@/components/forms/parse";

/** The first of so many days that end with this one. */
export function firstOf(days: number, last: string): string {
  const [year = 0, month = 1, day = 1] = last.split("-").map(Number);
  return isoDay(new Date(year, month - 1, day - days + 1));
}

export const isDay = (text: string): boolean => {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  return /^\d{4}-\d\d-\d\d$/.test(text) && isoDay(new Date(year, month - 1, day)) === text;
};
