import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { LANGUAGES, makeI18n, messagesOf } from "@/i18n";
import { light, dark, makeVuetify } from "@/theme";
import StatusChip from "./StatusChip.vue";
import { STATUS_LOOKS, STATUSES } from "./status";

describe("a state on screen", () => {
  it.each(LANGUAGES.flatMap((language) => STATUSES.map((status) => ({ language, status }))))(
    "$status in $language is a word beside an icon",
    ({ language, status }) => {
      const chip = mount(StatusChip, {
        props: { status },
        global: { plugins: [makeI18n(language), makeVuetify()] },
      });
      const words = messagesOf(language)["status"];
      expect(chip.text()).toBe(typeof words === "object" ? words[status] : "");
      expect(chip.find("svg").attributes("aria-hidden")).toBe("true");
    },
  );

  it("differs from every other in more than colour", () => {
    const icons = STATUSES.map((status) => STATUS_LOOKS[status].icon);
    expect(new Set(icons).size).toBe(STATUSES.length);
  });
});

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ["light", light],
  ["dark", dark],
])("the %s theme", (_name, theme) => {
  const colors = theme.colors as Record<string, string>;
  const grounds = Object.keys(colors).filter((name) => name.startsWith("ground-"));

  it.each(grounds)("can be read on %s", (ground) => {
    expect(contrast(colors[ground] ?? "", colors[`on-${ground}`] ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["primary", "secondary", "error", "success", "info", "warning"])("can be read in %s", (name) => {
    for (const ground of ["surface", "background"])
      expect(contrast(colors[name] ?? "", colors[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
