import { expect, it } from "vitest";
import type { ReportRow } from "@/generated/rpc";
import { furthest } from "./stages";

it("has each tube once, where it came to", () => {
  const row: ReportRow = {
    key: "2026-03-02",
    label: "2026-03-02",
    requisitioned: 20,
    collected: 18,
    packed: 15,
    with_driver: 12,
    received: 9,
    accepted: 6,
    rejected: 1,
    missing: 2,
  };
  const parts = furthest(row);
  expect(parts).toEqual({
    requisitioned: 2,
    collected: 3,
    packed: 3,
    with_driver: 3,
    received: 2,
    rejected: 1,
    accepted: 6,
  });
  expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(row.requisitioned);
});

it("has no part below nothing", () => {
  const row = { requisitioned: 1, collected: 2, received: 1, accepted: 1, rejected: 1 } as ReportRow;
  expect(Math.min(...Object.values(furthest({ ...row, packed: 0, with_driver: 0 })))).toBe(0);
});
