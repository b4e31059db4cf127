import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import { defineComponent, h } from "vue";
import type { HistoryLine } from "@/generated/rpc";
import { makeI18n } from "@/i18n";
import { useEventWords } from "./eventWords";

function said(language: "en" | "tn", values: Record<string, string | number>): string {
  let words = "";
  const changes = Object.entries(values).map(([field, value]) => ({ field, old: null, new: value }));
  const page = defineComponent({
    setup() {
      words = useEventWords()({ op: "event", changes } as unknown as HistoryLine);
      return () => h("div");
    },
  });
  mount(page, { global: { plugins: [makeI18n(language)] } });
  return words;
}

it("tells of a print in words", () => {
  const print = { kind: "print", copies: 2, to: "tcp://10.0.0.7:9100" };
  expect(said("en", print)).toBe("Label printed, 2 copies, on tcp://10.0.0.7:9100");
  expect(said("tn", print)).toBe("Leibole e gatisitswe, dikopi di le 2, mo tcp://10.0.0.7:9100");
  expect(said("en", { kind: "print", copies: 1, to: "sheet" })).toBe("Label printed, 1 copy, on a sheet");
});

it("tells of a look at an attachment", () => {
  expect(said("en", { kind: "attachment_viewed", content: "ab" })).toBe("Looked at on the server");
});

it("names an event that it does not know", () => {
  expect(said("en", { kind: "thaw" })).toBe("Event: thaw");
});
