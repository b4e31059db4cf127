/** Every page, light and dark, in both languages: no complaint, no axe violation, no sideways scrolling. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axe, launch, openPage, overflow, screenshot, serveFake, settled, type Served } from "./browser";
import { SCENES } from "./scenes";

let browser: Browser;
let served: Served;

beforeAll(async () => {
  [browser, served] = await Promise.all([launch(), serveFake()]);
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

const LOOKS = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "tn" },
];

describe.each(LOOKS)("in $theme and $language", ({ theme, language }) => {
  it.each(SCENES)("$name", async ({ name, world = "", route = "" }) => {
    const url = `${served.url}/?theme=${theme}&language=${language}&${world}#${route}`;
    const { page, complaints } = await openPage(browser, url, theme === "dark" ? "dark" : "light");
    // A server keeps no preferences of the people: its pages follow the computer, and are told the language.
    if (language === "tn" && world.includes("host=server")) {
      await page.locator("button[lang=tn]").click();
      await settled(page);
    }
    await screenshot(page, `${name}-${theme}-${language}`);
    expect(await axe(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
