/**
 * Colours, light and dark; every text on its ground has a contrast of at least 4.5 : 1 (`theme.test.ts`).
 *
 * Vuetify writes its colours into a `<style>` element, which `style-src 'self'` forbids. It also knows head managers:
 * given one, it hands the text over instead. Ours puts it into a constructed style sheet, which needs no exception in
 * the policy.
 */
import type { App } from "vue";
import { createVuetify, type ThemeDefinition } from "vuetify";
import { aliases, mdi } from "vuetify/iconsets/mdi-svg";
import { createVueI18nAdapter } from "vuetify/locale/adapters/vue-i18n";
import { useI18n } from "vue-i18n";
import type { makeI18n } from "@/i18n";

/** Vuetify's labels and hints at 60 % are too pale to read in the sun, and for AA. */
const variables = { "medium-emphasis-opacity": 0.8, "high-emphasis-opacity": 0.95, "border-opacity": 0.16 };

export const light: ThemeDefinition = {
  dark: false,
  variables,
  colors: {
    background: "#F4F6F8",
    surface: "#FFFFFF",
    "surface-variant": "#E3E8ED",
    "on-surface-variant": "#26323B",
    primary: "#0B5A86",
    secondary: "#4A5A66",
    error: "#B3261E",
    success: "#1A6B3C",
    info: "#1657B0",
    warning: "#7A5300",
    /** Grounds of notes and of chips, with their texts. */
    "ground-grey": "#E8ECEF",
    "on-ground-grey": "#3B4750",
    "ground-blue": "#DCEBFA",
    "on-ground-blue": "#0C4277",
    "ground-green": "#DDF2E3",
    "on-ground-green": "#14532D",
    "ground-yellow": "#FFF4CC",
    "on-ground-yellow": "#5B4300",
    "ground-violet": "#ECE6F8",
    "on-ground-violet": "#482C82",
    "ground-red": "#FBE3E1",
    "on-ground-red": "#8C1D18",
  },
};

export const dark: ThemeDefinition = {
  dark: true,
  variables,
  colors: {
    background: "#101417",
    surface: "#1A2024",
    "surface-variant": "#2B343A",
    "on-surface-variant": "#DCE4EA",
    primary: "#8CC8EE",
    secondary: "#B4C3CE",
    error: "#FFB4AB",
    success: "#8FD6A5",
    info: "#A4C8FF",
    warning: "#F2C865",
    "ground-grey": "#2C353B",
    "on-ground-grey": "#D5DDE3",
    "ground-blue": "#173A5C",
    "on-ground-blue": "#D3E6FB",
    "ground-green": "#17402A",
    "on-ground-green": "#CDEFD8",
    "ground-yellow": "#473A10",
    "on-ground-yellow": "#FCE9AE",
    "ground-violet": "#382A5C",
    "on-ground-violet": "#E6DDFA",
    "ground-red": "#5A1F1B",
    "on-ground-red": "#FFDAD6",
  },
};

/** The part of a head manager that Vuetify uses. */
interface Head {
  style: { textContent: string }[];
}

export function installTheme(app: App, i18n?: I18n): void {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const write = (head: () => Head) =>
    sheet.replaceSync(
      head()
        .style.map((style) => style.textContent)
        .join("\n"),
    );
  app.provide("usehead", {
    push(head: () => Head) {
      write(head);
      return { patch: write };
    },
  });
  app.use(makeVuetify(i18n));
}

type I18n = ReturnType<typeof makeI18n>;
/** The adapter asks for any language; ours knows two. */
type AdapterI18n = Parameters<typeof createVueI18nAdapter>[0]["i18n"];

export function makeVuetify(i18n?: I18n) {
  return createVuetify({
    // Vuetify's own words ("Clear …", "Sorted upwards") come from the same translations.
    ...(i18n
      ? { locale: { adapter: createVueI18nAdapter({ i18n: i18n as unknown as AdapterI18n, useI18n }) } }
      : {}),
    theme: { defaultTheme: "system", themes: { light, dark } },
    icons: { defaultSet: "mdi", aliases, sets: { mdi } },
    defaults: {
      VBtn: { variant: "flat", rounded: "lg", class: "text-none" },
      VCard: { rounded: "lg", variant: "flat", border: true },
      VTextField: { variant: "outlined", density: "comfortable", hideDetails: "auto", color: "primary" },
      VTextarea: { variant: "outlined", density: "comfortable", hideDetails: "auto", color: "primary" },
      VSelect: { variant: "outlined", density: "comfortable", hideDetails: "auto", color: "primary" },
      VCombobox: { variant: "outlined", density: "comfortable", hideDetails: "auto", color: "primary" },
      VAutocomplete: { variant: "outlined", density: "comfortable", hideDetails: "auto", color: "primary" },
      VCheckbox: { density: "comfortable", hideDetails: "auto", color: "primary" },
      VRadioGroup: { density: "comfortable", hideDetails: "auto", color: "primary" },
      VSwitch: { density: "comfortable", hideDetails: "auto", color: "primary" },
      VChip: { rounded: "lg" },
    },
  });
}
