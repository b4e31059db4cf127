/** How far a push is, in percent of what receipts cover; bytes count only while no entry is covered yet. */
import type { Progress } from "@/generated/rpc";

export function percentOf(progress: Progress): number {
  const part = (done: number, total: number) => (total > 0 ? Math.min(1, done / total) : 0);
  const entries = part(progress.entries_done, progress.entries_total);
  // What was sent but not yet acknowledged moves the bar a little, and never to its end.
  const bytes = part(progress.bytes_sent, progress.bytes_total) * 0.95;
  return Math.round(100 * Math.max(entries, bytes));
}
