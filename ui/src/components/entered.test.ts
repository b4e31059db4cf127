import { describe, expect, it } from "vitest";
import { enteredBy, keyTimes } from "./entered";

const every = (gap: number, count: number) => Array.from({ length: count }, (_, i) => 1_000 + i * gap);

describe("a code came", () => {
  it.each([
    ["scanned", "A7K000101W", 1],
    ["scanned", "A7K000101W", 34],
    ["typed", "A7K000101W", 35],
    ["typed", "A7K000101W", 120],
    ["scanned", "A7K001", 5],
    ["typed", "A7K01", 5],
  ])("%s: %s with a key every %i ms", (by, code, gap) => {
    expect(enteredBy(code, every(gap, code.length))).toBe(by);
  });

  it("typed if it was pasted, or only its end was scanned", () => {
    expect(enteredBy("A7K000101W", [])).toBe("typed");
    expect(enteredBy("A7K000101W", every(2, 4))).toBe("typed");
  });

  it("typed if there was one long pause within", () => {
    expect(enteredBy("A7K000101W", [...every(2, 9), 2_000])).toBe("typed");
  });

  it("scanned also with the white space that some scanners send", () => {
    expect(enteredBy(" A7K000101W ", every(4, 12))).toBe("scanned");
  });
});

describe("the keys of a field", () => {
  it("count the characters, not Shift or Enter", () => {
    const keys = keyTimes();
    [..."A7K000101W"].forEach((key, i) => {
      keys.pressed("Shift", i * 3);
      keys.pressed(key, i * 3 + 1);
    });
    keys.pressed("Enter", 40);
    expect(keys.by("A7K000101W")).toBe("scanned");
  });

  it("are forgotten with a correction and with the next code", () => {
    const keys = keyTimes();
    [..."A7K000101X"].forEach((key, i) => keys.pressed(key, i));
    keys.pressed("Backspace", 2_000);
    keys.pressed("W", 2_200);
    expect(keys.by("A7K000101W")).toBe("typed");
    keys.clear();
    [..."A7K000102X"].forEach((key, i) => keys.pressed(key, 9_000 + i));
    expect(keys.by("A7K000102X")).toBe("scanned");
  });
});
