/** What can be said of a tube besides a scan; the last word is Rust's. */
export type Said = "matched" | "missing" | "rejected" | "held_back" | "unseen" | "out";

const OF: Record<string, Said[]> = {
  unseen: ["matched", "missing", "rejected", "held_back"],
  matched: ["rejected", "held_back", "missing", "unseen"],
  missing: ["matched", "rejected", "held_back", "unseen"],
  rejected: ["held_back", "missing", "unseen"],
  held_back: ["rejected", "missing", "unseen"],
  unexpected: ["out"],
};

export const sayable = (outcome: string): Said[] => OF[outcome] ?? [];
