import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { mount } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { makeI18n } from "@/i18n";
import { platformKey } from "@/platform";
import { fakePlatform } from "@/platform/fake";
import { useLabels } from "./forms";

/** The labels as a page has them once the study package is there. */
async function wordsIn(language: "en" | "tn") {
  const i18n = makeI18n();
  i18n.global.locale.value = language;
  let held: ReturnType<typeof useLabels> | undefined;
  const page = defineComponent({ setup: () => ((held = useLabels()), () => h("div")) });
  const provide = { [platformKey as symbol]: fakePlatform(new URL("http://x/") as unknown as Location) };
  mount(page, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]], provide } });
  return vi.waitUntil(() => (held?.forms.value ? held : undefined));
}

describe("a record is named in words", () => {
  it.each([
    ["requisition", "cd4", "CD4 count", "Palo ya CD4"],
    ["specimen", "edta", "EDTA", "EDTA"],
    ["eligibility", "eligible", "Eligible", "O a tshwanelega"],
    ["eligibility", "not eligible", "Not eligible", "Ga a tshwanelege"],
    ["household_visit", "absent", "Absent", "Ga ba yo"],
    ["visit", "1000", "Enrolment", "Kwadiso"],
  ])("%s %s", async (model, label, en, tn) => {
    const record = { model, label, key: "A7K-0001-2" };
    expect((await wordsIn("en")).recordLabel(record)).toBe(en);
    expect((await wordsIn("tn")).recordLabel(record)).toBe(tn);
  });

  it("and by its key or its own text where there are none", async () => {
    const { recordLabel: label } = await wordsIn("en");
    expect(label({ model: "specimen", label: "", key: "A7K0001012" })).toBe("A7K0001012");
    expect(label({ model: "participant", label: "NEO SEBEGO", key: "066-1" })).toBe("NEO SEBEGO");
    expect(label({ model: "requisition", label: "of_another_study", key: "" })).toBe("of_another_study");
  });
});

it("says in Setswana also what only Rust names", async () => {
  const [en, tn] = [await wordsIn("en"), await wordsIn("tn")];
  expect(en.valueText("specimen", "labelled_by", "by_hand")).toBe("By hand");
  expect(tn.valueText("specimen", "labelled_by", "by_hand")).toBe("Ka seatla");
  expect(tn.fieldLabel("specimen", "labelled_at")).toBe("Leibole e tlhatlhobilwe");
  expect(tn.valueText("specimen", "tube_type", "microtube_edta")).toBe("Tshupu e nnye ya EDTA");
});

it("writes a date as a person does, the same in every zone", async () => {
  expect((await wordsIn("en")).valueText("participant", "dob", "1962-12-15")).toBe("15 Dec 1962");
  expect((await wordsIn("tn")).valueText("participant", "dob", "1962-12-15")).toBe("15/12/1962");
  expect((await wordsIn("en")).valueText("participant", "dob", "about 1962")).toBe("about 1962");
});
