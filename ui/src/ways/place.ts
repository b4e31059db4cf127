/** Where a courier's data goes or comes from: a drive that is there, or what a person types. */
import type { Drive } from "@/generated/rpc";

/** Stands for the typed place among the drives; no path is like it. */
export const TYPED = "typed";

export function isSftp(place: string): boolean {
  return /^sftp:\/\//i.test(place.trim());
}

/** What is chosen when nothing was yet: the only drive, or nothing to be taken for granted. */
export function firstChoice(drives: Drive[]): string {
  const writable = drives.filter((drive) => !drive.read_only);
  return writable.length === 1 ? (writable[0]?.path ?? "") : drives.length === 0 ? TYPED : "";
}

/** How far work is, in percent; unknown until its length is. */
export function percentDone(work: { done: number; total: number }): number | undefined {
  return work.total > 0 ? Math.round((100 * Math.min(work.done, work.total)) / work.total) : undefined;
}
