import { expect, it } from "vitest";
import { firstOf, isDay } from "./days";

it("counts days over the ends of months and years", () => {
  expect(firstOf(1, "2026-03-02")).toBe("2026-03-02");
  expect(firstOf(7, "2026-03-02")).toBe("2026-02-24");
  expect(firstOf(30, "2028-03-01")).toBe("2028-02-01");
  expect(firstOf(2, "2026-01-01")).toBe("2025-12-31");
});

it.each([
  ["2026-03-02", true],
  ["2026-02-30", false],
  ["2026-3-2", false],
  ["", false],
])("%s is a day: %s", (text, is) => expect(isDay(text)).toBe(is));
