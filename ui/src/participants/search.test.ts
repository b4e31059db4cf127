import { describe, expect, it } from "vitest";
import type { RecordRow } from "@/generated/rpc";
import { ageInYears } from "./person";
import { plainIdentifier, sameIdentifier } from "./scan";
import { hitFor, pageOf } from "./search";

const row = (model: string, key: string): RecordRow => ({
  id: key,
  model,
  key,
  label: "",
  status: "ready",
  fields: {},
  references: {},
  conflicts: [],
  findings: 0,
  is_void: false,
  modified_at: "",
  modified_by: "",
});

describe("a scanned code", () => {
  it("is read in any spelling", () => {
    expect(plainIdentifier(" a7k-0o1i-l ")).toBe("A7K00111");
    expect(sameIdentifier("066-40-A7K-0001-H", "06640a7k0001h")).toBe(true);
    expect(sameIdentifier("", "")).toBe(false);
  });

  it("opens what bears it, also beside others that contain it", () => {
    const rows = [row("participant", "066-40-A7K-0001-H"), row("participant", "066-40-A7K-00010-H")];
    expect(hitFor(rows, "066-40-a7k-0001-h")?.key).toBe("066-40-A7K-0001-H");
    expect(hitFor(rows, "A7K")).toBeUndefined();
    expect(hitFor([rows[0] as RecordRow], "OTENG")?.key).toBe("066-40-A7K-0001-H");
  });

  it("leads to the page of its kind", () => {
    expect(pageOf(row("participant", "p"))).toBe("/participants/p");
    expect(pageOf(row("specimen", "s"))).toBe("/specimens/s");
    expect(pageOf(row("requisition", "r"))).toBe("/records/r");
  });
});

describe("an age", () => {
  it("changes on the birthday", () => {
    expect(ageInYears("1990-11-20", new Date(2026, 10, 19))).toBe(35);
    expect(ageInYears("1990-11-20", new Date(2026, 10, 20))).toBe(36);
    expect(ageInYears(null, new Date())).toBeUndefined();
  });
});
