import { expect, it } from "vitest";
import type { Balance, HandoverLine, HandoverView } from "@/generated/rpc";
import { withLine } from "./useHandovers";

it("puts what a scan came to in the place of its line, and counts anew", () => {
  const line = (id: string, outcome = "unseen") => ({ line: id, outcome }) as HandoverLine;
  const view = { lines: [line("1"), line("2")], row: { place: "Otse" } } as HandoverView;
  const balance = { matched: 1 } as Balance;
  const seen = withLine(view, { line: line("2", "matched"), balance });
  expect(seen.lines.map(({ line: id, outcome }) => [id, outcome])).toEqual([
    ["1", "unseen"],
    ["2", "matched"],
  ]);
  expect(seen.row).toEqual({ place: "Otse", balance });
});
