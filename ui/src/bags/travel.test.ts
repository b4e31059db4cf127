import { describe, expect, it } from "vitest";
import type { CelsiusRange, TubeRow } from "@/generated/rpc";
import { bestRange, degrees, fitting, keptAt, panelsFor } from "./travel";

const RANGES: CelsiusRange[] = [
  { low: 2, high: 8, panels: ["VL", "SPUT"] },
  { low: 18, high: 25, panels: ["VL", "FBC"] },
  { low: 2, high: 25, panels: ["VL"] },
];
const tubes = (...panels: string[]) => panels.map((panel) => ({ panel }) as TubeRow);

describe("what travels at a temperature", () => {
  it.each([
    [2, 8, ["VL", "SPUT"]],
    [18, 25, ["VL", "FBC"]],
    [2, 25, ["VL"]],
    // A bag of an older package, within one that the study knows.
    [4, 6, ["VL", "SPUT"]],
    [-20, -10, []],
  ])("%i to %i °C: %j", (celsius_low, celsius_high, panels) => {
    expect(panelsFor({ celsius_low, celsius_high }, RANGES)).toEqual(panels);
  });

  it("are the tubes of its panels, in their order", () => {
    const found = fitting(tubes("FBC", "SPUT", "VL"), keptAt({ low: 18, high: 25, panels: [] }), RANGES);
    expect(found.map(({ panel }) => panel)).toEqual(["FBC", "VL"]);
  });
});

describe("the temperature to begin with", () => {
  it("takes the most tubes, and is the narrowest of equal ones", () => {
    expect(bestRange(tubes("FBC", "FBC", "SPUT"), RANGES)).toBe(RANGES[1]);
    expect(bestRange(tubes("VL"), RANGES)).toBe(RANGES[0]);
    expect(bestRange([], RANGES)).toBe(RANGES[0]);
    expect(bestRange(tubes("VL"), [])).toBeUndefined();
  });
});

it("writes frost with a minus", () => {
  expect(degrees(-20)).toBe("−20");
});
