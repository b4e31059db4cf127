/** Texts. Each file `en/<name>.json` is the namespace `<name>`; `tn` must have the same keys, a test says so. */
import { createI18n } from "vue-i18n";
import { en as vuetify } from "vuetify/locale";

export const LANGUAGES = ["en", "tn"] as const;
export type Language = (typeof LANGUAGES)[number];

export type Messages = { [key: string]: string | Messages };

const files = import.meta.glob<Messages>("./*/*.json", { eager: true, import: "default" });

/** All texts of a language. */
export function messagesOf(language: Language): Messages {
  const messages: Messages = {};
  for (const [path, content] of Object.entries(files)) {
    const found = /^\.\/(\w+)\/([\w-]+)\.json$/.exec(path);
    if (found?.[1] === language && found[2]) messages[found[2]] = content;
  }
  return messages;
}

/** Vuetify looks for its words under `$vuetify`; those that no page of ours shows stay its own. */
function withVuetify(messages: Messages): Messages {
  return { ...messages, $vuetify: merged(vuetify as Messages, messages["vuetify"]) };
}

function merged(base: Messages, ours: string | Messages | undefined): Messages {
  if (ours === undefined || typeof ours === "string") return base;
  const all: Messages = { ...base };
  for (const [key, value] of Object.entries(ours)) {
    const below = base[key];
    all[key] = typeof value === "string" || typeof below !== "object" ? value : merged(below, value);
  }
  return all;
}

export function makeI18n(language: Language = "en") {
  return createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: "en",
    messages: { en: withVuetify(messagesOf("en")), tn: withVuetify(messagesOf("tn")) },
    missingWarn: import.meta.env.DEV,
    fallbackWarn: import.meta.env.DEV,
  });
}

export function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}
