import { describe, expect, it } from "vitest";
import {
  emptyLabel,
  labelsOf,
  labelValues,
  lacksReason,
  rollLabels,
  twice,
  type RollLabel,
} from "./rollLabels";

const at = "2026-11-27T12:00:00Z";
const label = (code: string, changes: Partial<RollLabel> = {}): RollLabel => ({
  code,
  by: "scanned",
  reason: "",
  at,
  ...changes,
});

describe("a label of a roll", () => {
  it("gives its specimen identifier, time and how it was read", () => {
    expect(labelValues(label(" R07000101W "))).toEqual({
      specimen_identifier: "R07000101W",
      labelled_at: at,
      labelled_by: "scanned",
    });
    expect(labelValues(label("R07000101W", { by: "typed", reason: " torn " }))).toMatchObject({
      labelled_by: "typed",
      labelled_reason: "torn",
    });
  });

  it("that was not scanned sets nothing, and Tsela makes the identifier", () => {
    expect(labelValues(emptyLabel())).toEqual({});
    expect(labelValues(undefined)).toEqual({});
  });

  it("that was typed lacks a reason until there is one", () => {
    expect(lacksReason(label("R07000101W", { by: "typed" }))).toBe(true);
    expect(lacksReason(label("R07000101W", { by: "typed", reason: "torn" }))).toBe(false);
    expect(lacksReason(label("R07000101W"))).toBe(false);
    expect(lacksReason(emptyLabel())).toBe(false);
  });
});

it("labels follow the count of tubes", () => {
  const roll = rollLabels({ used: true, labels: [label("R07000101W")] });
  expect(labelsOf(roll, 2).map(({ code }) => code)).toEqual(["R07000101W", ""]);
  expect(labelsOf(roll, 0)).toEqual([]);
});

it("finds a label that was scanned for two tubes, however it is written", () => {
  const labels = [label("R07000101W"), label(""), label("r07-0001-01w"), label("R07000201X"), label("")];
  expect([...twice(labels)]).toEqual(["R07000101W"]);
});
