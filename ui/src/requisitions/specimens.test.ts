import { describe, expect, it } from "vitest";
import { itemCount, share, specimensOf } from "./specimens";

const requisition = (set: Record<string, string | number | boolean | null>) => ({
  op: "insert",
  model: "requisition",
  record: "r1",
  set,
  reason: null,
  source: "paper",
});

describe("the specimens of a requisition", () => {
  it("are one for each container, collected when drawn", () => {
    const set = {
      is_drawn: true,
      item_count: 2,
      estimated_volume: "5",
      drawn_datetime: "2026-11-20T08:00:00Z",
    };
    const made = specimensOf(requisition(set), ["s1", "s2"], "edta");
    expect(made.map(({ record, model, source }) => [record, model, source])).toEqual([
      ["s1", "specimen", "paper"],
      ["s2", "specimen", "paper"],
    ]);
    expect(made.map(({ set: values }) => values)).toEqual(
      [1, 2].map((item) => ({
        requisition: "r1",
        item,
        collected_at: "2026-11-20T08:00:00Z",
        volume_ml: "2.5",
        condition: "ok",
        tube_type: "edta",
      })),
    );
  });

  it("are none when nothing was drawn or the count is not known", () => {
    expect(itemCount({ is_drawn: false, item_count: 2 })).toBe(0);
    expect(itemCount({ is_drawn: true })).toBe(0);
    expect(itemCount({ is_drawn: true, item_count: -3 })).toBe(0);
  });

  it.each([
    ["4", 1, "4"],
    ["10", 3, "3.333"],
    ["0.5", 2, "0.25"],
    ["0.3", 2, "0.15"],
    ["abc", 2, "abc"],
    ["0.001", 2, "0"],
  ])("share %s among %i as %s", (volume, parts, each) => {
    expect(share(volume, parts)).toBe(each);
  });
});
