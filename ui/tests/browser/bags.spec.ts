/** Packing by scanner and keyboard, and every look that takes some steps to reach. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { looksWell } from "./browser";
import { fakePages } from "./fakePages";
import { idOf } from "./fieldScenes";
import { isFocused, outcome, scan, type } from "./labelSteps";

const opened = fakePages();
let page: Page;

async function open(route: string, world: string): Promise<void> {
  page = await opened(route, world);
}

const BAG = `/bags/${idOf("b2")}`;
const CODE = "input[name=bag-code]";
const inside = () => page.locator("[data-testid=count] .number").innerText();
const packed = () => page.locator("[data-testid=packed] a.mono").first().innerText();

/** A tube that travels at the temperature of the bag, checked and in no bag: put out of it first. */
async function takenOut(): Promise<string> {
  const code = (await packed()).trim();
  await page.locator("[data-testid=packed] button").first().click();
  await page.getByRole("dialog").locator("input, textarea").first().fill("for the test");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await outcome(page, "right").waitFor();
  return code;
}

describe("packing", () => {
  it("takes scan after scan and keeps the focus, whatever each came to", async () => {
    await open(BAG, "bags=some");
    await isFocused(page, CODE);
    const before = Number(await inside());
    const code = await takenOut();
    expect(Number(await inside())).toBe(before - 1);
    await isFocused(page, CODE);
    await scan(page, code);
    await expect.poll(inside).toBe(String(before));
    await scan(page, code);
    await outcome(page, "again").waitFor();
    await isFocused(page, CODE);
    await scan(page, "A7K00Z901W");
    await outcome(page, "wrong").waitFor();
    await isFocused(page, CODE);
    expect(await inside()).toBe(String(before));
  });

  it("asks why a code was typed, and undoes the last one", async () => {
    await open(BAG, "bags=some");
    await isFocused(page, CODE);
    const before = Number(await inside());
    const code = await takenOut();
    await type(page, code);
    await page.locator("[data-testid=bag-typed]").waitFor();
    await isFocused(page, "input[name=bag-why]");
    await page.keyboard.type("the reader is flat");
    await page.keyboard.press("Enter");
    await expect.poll(inside).toBe(String(before));
    await page.getByTestId("undo").click();
    // Why is said already.
    await page.getByRole("dialog").locator("input, textarea").first().press("Enter");
    await expect.poll(inside).toBe(String(before - 1));
  });

  it("begins a bag by keyboard alone, at the temperature that most tubes bear", async () => {
    await open("/bags", "");
    await page.getByTestId("new-bag").press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.locator("input[type=radio]:checked").press("Enter");
    await page.waitForURL(/#\/bags\/./);
    await isFocused(page, CODE);
    expect(await inside()).toBe("0");
  });

  it("closes a bag, into which nothing goes any more", async () => {
    await open(BAG, "bags=some");
    await page.getByTestId("close-bag").click();
    await page.locator("input[name=seal]").fill("S-1");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => page.locator(CODE).count()).toBe(0);
    await expect.poll(() => page.locator("main").innerText()).toContain("S-1");
  });
});

const LOOKS = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "tn" },
];

describe.each(LOOKS)("in $theme and $language", ({ theme, language }) => {
  const world = `theme=${theme}&language=${language}&bags=some`;
  const named = (name: string) => `bags-${name}-${theme}-${language}`;

  it("what a scan came to looks well", async () => {
    await open(BAG, world);
    await isFocused(page, CODE);
    const code = (await packed()).trim();
    await scan(page, code);
    await outcome(page, "again").waitFor();
    await looksWell(page, named("again"));
    await scan(page, "A7K00Z901W");
    await outcome(page, "wrong").waitFor();
    await looksWell(page, named("wrong"));
    await type(page, code);
    await page.locator("[data-testid=bag-typed]").waitFor();
    await looksWell(page, named("typed"));
  });

  it("the dialogs look well", async () => {
    await open(BAG, world);
    for (const [button, name] of [
      ["by-hand", "by-hand"],
      ["close-bag", "close"],
    ] as const) {
      await page.getByTestId(button).click();
      await page.getByRole("dialog").waitFor();
      await looksWell(page, named(name));
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await open("/bags", world);
    await page.getByTestId("new-bag").click();
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("new"));
  });
});
