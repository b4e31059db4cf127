import { describe, expect, it } from "vitest";
import frozen from "../../../../crates/core/src/rules/snapshots/tsela_core__rules__tests__codes_are_frozen.snap?raw";
import en from "@/i18n/en/rules.json";
import tn from "@/i18n/tn/rules.json";

const codesOf = (rules: Record<string, Record<string, string>>): string[] =>
  Object.entries(rules).flatMap(([model, texts]) => Object.keys(texts).map((what) => `${model}.${what}`));

describe("rules in words", () => {
  const codes = [...frozen.matchAll(/^([a-z_]+\.[a-z_]+) (?:Error|Warning)$/gm)].map((line) => line[1] ?? "");

  // A few rules of saving itself are met by a person with a scanner in the hand.
  const met = ["save.label_used", "save.not_of_roll"];

  it("have words in every language for each rule of core, and no others", () => {
    expect(codes.length).toBeGreaterThan(50);
    const all = [...codes, ...met].sort();
    expect(codesOf(en).sort()).toEqual(all);
    expect(codesOf(tn).sort()).toEqual(all);
  });
});
