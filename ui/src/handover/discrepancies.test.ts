import { expect, it } from "vitest";
import { messagesOf } from "@/i18n";
import { GROUPS, grouped } from "./discrepancies";

it("groups the study's codes, and loses none", () => {
  expect(grouped(["too_warm", "odd", "leaking", "broken"])).toEqual([
    ["container", ["broken", "leaking"]],
    ["cold_chain", ["too_warm"]],
    ["other", ["odd"]],
  ]);
  expect(grouped([])).toEqual([]);
});

it("names each kind that there are words for, once", () => {
  const { choices } = messagesOf("en")["records"] as { choices: { discrepancy: Record<string, string> } };
  expect(GROUPS.flatMap(([, codes]) => codes)).toEqual(Object.keys(choices.discrepancy));
});
