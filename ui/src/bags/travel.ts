/** Which tubes may travel at which temperature; the last word is Rust's when a tube is put in. */
import type { BagView, CelsiusRange, TubeRow } from "@/generated/rpc";

/** The temperature at which a bag is kept. */
export type Kept = Pick<BagView, "celsius_low" | "celsius_high">;

export const keptAt = ({ low, high }: CelsiusRange): Kept => ({ celsius_low: low, celsius_high: high });

/** The panels that may travel at a temperature: those that bear one of the study's ranges around it. */
export function panelsFor(kept: Kept, ranges: readonly CelsiusRange[]): string[] {
  const around = ranges.filter(({ low, high }) => low <= kept.celsius_low && kept.celsius_high <= high);
  return [...new Set(around.flatMap(({ panels }) => panels))];
}

/** The tubes that may travel at a temperature, in their order. */
export function fitting(tubes: readonly TubeRow[], kept: Kept, ranges: readonly CelsiusRange[]): TubeRow[] {
  const panels = new Set(panelsFor(kept, ranges));
  return tubes.filter(({ panel }) => panels.has(panel));
}

/** The temperature that takes the most tubes; of equal ones the narrowest, which is the first. */
export function bestRange(
  tubes: readonly TubeRow[],
  ranges: readonly CelsiusRange[],
): CelsiusRange | undefined {
  const counted = ranges.map((range) => ({ range, count: fitting(tubes, keptAt(range), ranges).length }));
  return counted.reduce<(typeof counted)[number] | undefined>(
    (best, next) => (best && best.count >= next.count ? best : next),
    undefined,
  )?.range;
}

/** Degrees with a minus that is read as one. */
export const degrees = (celsius: number): string => String(celsius).replace("-", "−");
