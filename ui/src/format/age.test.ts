import { describe, expect, it } from "vitest";
import { ageParts, ageText } from "./age";
import { sizeText } from "./size";

const words = (key: string, { count }: Record<string, unknown>) => `${String(count)}${key.slice(4, 5)}`;

describe("an age", () => {
  it.each([
    [-5, "0s"],
    [0, "0s"],
    [59.9, "59s"],
    [60, "1m"],
    [3_599, "59m"],
    [3_600, "1h"],
    [3_661, "1h 1m"],
    [12_000, "3h 20m"],
    [86_399, "23h 59m"],
    [86_400, "1d"],
    [86_460, "1d"],
    [90_000, "1d 1h"],
    [31_536_000, "365d"],
  ])("of %d seconds is %s", (seconds, text) => {
    expect(ageText(seconds, words)).toBe(text);
  });

  it("has two units at most, neighbours", () => {
    for (let seconds = 0; seconds < 3_000_000; seconds += 997)
      expect(ageParts(seconds).length).toBeLessThanOrEqual(2);
  });
});

describe("a size", () => {
  it.each([
    [-1, "0 B"],
    [999, "999 B"],
    [1_000, "1 kB"],
    [31_240, "31.2 kB"],
    [123_456, "123 kB"],
    [4_193_280, "4.2 MB"],
  ])("of %d bytes is %s", (bytes, text) => expect(sizeText(bytes, "en")).toBe(text));
});
