import { describe, expect, it } from "vitest";
import type { Messages } from "./index";
import { messagesOf } from "./index";

function keys(messages: Messages, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of keys(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
const variants = (text: string) => text.split(" | ").length;

const en = keys(messagesOf("en"));
const tn = keys(messagesOf("tn"));

/** Every key that the sources name as a plain text: `t("a.b")`, `keypath="a.b"`, `title: "a.b"`. */
const sources = import.meta.glob<string>(["../**/*.{vue,ts}", "!../**/*.test.ts", "!../generated/**"], {
  eager: true,
  query: "?raw",
  import: "default",
});
const named = Object.entries(sources).flatMap(([path, text]) =>
  [...text.matchAll(/(?:\bt\(\s*|\bkeypath=|\btitle:\s*)"([a-z_]+(?:\.\w+)+)"/g)].map(
    (hit) => [path, hit[1] ?? ""] as const,
  ),
);

describe("translations", () => {
  it("have the same keys in every language", () => {
    expect([...tn.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it("have no empty text", () => {
    const empty = [...en, ...tn].filter(([, text]) => !text.trim()).map(([key]) => key);
    expect(empty).toEqual([]);
  });

  it("fill the same places and have the same plural forms", () => {
    for (const [key, text] of en) {
      expect([key, ...places(tn.get(key) ?? "")]).toEqual([key, ...places(text)]);
      expect([key, variants(tn.get(key) ?? "")]).toEqual([key, variants(text)]);
    }
  });

  it("exist for every key that the sources name", () => {
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(([, key]) => !en.has(key))).toEqual([]);
  });
});
