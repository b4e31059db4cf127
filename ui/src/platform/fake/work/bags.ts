/** Bags in memory. */
import type { BagView, RecordRef } from "@/generated/rpc";
import type { Kept } from "./store";

export type FakeBag = Omit<BagView, "tubes">;

/** By id, the newest first. */
export const bags = new Map<string, FakeBag>();

/** The bag in which a specimen is. */
export const bagOf = (specimen: Kept): RecordRef | null =>
  bags.get(String(specimen.fields["bag"]))?.bag ?? null;

export function addBag(id: string, celsius_low: number, celsius_high: number): FakeBag {
  const number = (bags.size + 1).toString(32).toUpperCase().padStart(4, "0");
  const made: FakeBag = {
    bag: { id, model: "bag", key: `M-A7K-${number}-T`, label: "" },
    celsius_low,
    celsius_high,
    seal: "",
    sealed_at: null,
  };
  const before = [...bags];
  bags.clear();
  for (const [key, bag] of [[id, made] as const, ...before]) bags.set(key, bag);
  return made;
}
