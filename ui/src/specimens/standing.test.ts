import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import { defineComponent, h } from "vue";
import { makeI18n } from "@/i18n";
import { hasArrived, standingLook, useStanding } from "./standing";

function wordsIn(language: "en" | "tn") {
  const i18n = makeI18n();
  i18n.global.locale.value = language;
  let held: ReturnType<typeof useStanding> | undefined;
  const page = defineComponent({ setup: () => ((held = useStanding()), () => h("div")) });
  mount(page, { global: { plugins: [i18n] } });
  if (!held) throw new Error("nothing was mounted");
  return held.standingText;
}

it.each([
  ["received", null, "Received at the laboratory"],
  ["accepted", null, "Accepted"],
  ["rejected", "haemolysed", "Rejected: haemolysed"],
  ["rejected", null, "Rejected"],
  ["recollection_requested", "short_volume", "Rejected: too little, please draw again"],
  ["recollection_requested", null, "Rejected, please draw again"],
  ["rejected", "of_a_newer_server", "Rejected: of_a_newer_server"],
  ["missing", null, "Missing"],
])("says of %s and %s: %s", (state, discrepancy, text) => {
  expect(wordsIn("en")(state, discrepancy)).toBe(text);
  expect(wordsIn("tn")(state, discrepancy)).not.toBe(text);
});

it("stops the clock of what the laboratory has, and of nothing else", () => {
  for (const state of ["received", "accepted", "rejected", "recollection_requested"])
    expect(hasArrived(state)).toBe(true);
  for (const state of ["planned", "collected", "packed", "with_carrier", "missing"])
    expect(hasArrived(state)).toBe(false);
  expect(standingLook("with_carrier")).toBeUndefined();
});
