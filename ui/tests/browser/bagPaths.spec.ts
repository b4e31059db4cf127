/** Bags from beginning to end by keyboard, and tubes that may not go in: too warm for them, not checked, elsewhere. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { looksWell } from "./browser";
import { fakePages } from "./fakePages";
import { idOf } from "./fieldScenes";
import { isFocused, outcome, scan, type } from "./labelSteps";

const opened = fakePages();
let page: Page;

async function open(route: string, world = ""): Promise<void> {
  page = await opened(route, world);
}

const OPEN = `/bags/${idOf("b2")}`;
const EMPTY = `/bags/${idOf("b3")}`;
const CODE = "input[name=bag-code]";
/** What travels at 2 to 25 °C, as the empty bag is kept. */
const FIT = ["CHEM", "VL", "GLUC", "MICRO"];

const count = (number: number) =>
  page.getByTestId("count").getByText(String(number), { exact: true }).waitFor();
const dialogGone = () => page.getByRole("dialog").waitFor({ state: "detached" });
/** By how many pixels a table is wider than its place: a column out of sight is not found by anybody. */
const cutOff = () =>
  page
    .locator(".v-table__wrapper")
    .evaluateAll((tables) => Math.max(...tables.map((table) => table.scrollWidth - table.clientWidth)));
/** Within the page, as a person goes: the fake forgets everything when it is loaded again. */
const go = (route: string) => page.evaluate((hash) => void (location.hash = hash), route);

interface Loose {
  code: string;
  panel: string;
  checked: boolean;
}

async function looseTubes(): Promise<Loose[]> {
  await page.locator("[data-testid=loose] tbody a").first().waitFor();
  return page.locator("[data-testid=loose] tbody tr:has(a)").evaluateAll((rows) =>
    rows.map((row) => ({
      code: row.querySelector("a")?.textContent?.trim() ?? "",
      panel: row.querySelector("td:last-child")?.textContent?.trim() ?? "",
      checked: row.querySelector("[data-testid=not-checked]") === null,
    })),
  );
}

/** The codes of the loose tubes that could go into the empty bag, of the others, and of the fitting unchecked ones. */
async function sorted() {
  const all = await looseTubes();
  const codes = (test: (tube: Loose) => boolean) => all.filter(test).map(({ code }) => code);
  return {
    fit: codes(({ panel, checked }) => checked && FIT.includes(panel)),
    other: codes(({ panel, checked }) => checked && !FIT.includes(panel)),
    unchecked: codes(({ panel, checked }) => !checked && FIT.includes(panel)),
  };
}

async function emptyBag(world = "") {
  await open("/bags", `${world}&bags=some`);
  const found = await sorted();
  await go(EMPTY);
  await isFocused(page, CODE);
  return found;
}

it("a bag is begun, packed and closed without touching the mouse", async () => {
  await open("/bags");
  const [one = "", two = "", three = ""] = (await sorted()).fit;
  await page.getByTestId("new-bag").press("Enter");
  await isFocused(page, "input[type=radio]:checked");
  await page.locator("[data-choice='2 25']").press("Space");
  // A hasty second Enter begins no second bag.
  for (const key of ["Enter", "Enter"]) await page.keyboard.press(key);
  await isFocused(page, CODE);
  // Two scans without a pause between them.
  await scan(page, one);
  await scan(page, two.toLowerCase());
  await count(2);
  await isFocused(page, CODE);
  await type(page, three);
  await isFocused(page, "input[name=bag-why]");
  await page.keyboard.press("Enter");
  await page.getByText("Write why it was not scanned.").waitFor();
  await page.keyboard.type("creased");
  await page.keyboard.press("Enter");
  await count(3);
  await isFocused(page, CODE);
  await page.getByTestId("undo").press("Enter");
  await isFocused(page, "input[name=out-why]");
  await expect.poll(() => page.locator("input[name=out-why]").inputValue()).toBe("Put in by mistake");
  await page.keyboard.press("Enter");
  await count(2);
  await dialogGone();
  await isFocused(page, CODE);
  await page.getByTestId("close-bag").press("Enter");
  await isFocused(page, "input[name=seal]");
  await page.keyboard.type("S-1");
  await page.keyboard.press("Enter");
  await page.getByTestId("closed-bag").getByText("Seal S-1.").waitFor();
  await dialogGone();
  await isFocused(page, "h1");
  await expect.poll(() => page.locator("[data-out]").count()).toBe(0);
  await go("/bags");
  await page.locator("[data-bag]").first().waitFor();
  await expect.poll(() => page.locator("[data-bag]").count()).toBe(1);
});

it("an empty bag is not closed, and says what to do", async () => {
  await emptyBag();
  await page.getByTestId("close-bag").press("Enter");
  await isFocused(page, "input[name=seal]");
  await page.keyboard.press("Enter");
  await page.locator("[data-code=empty_bag]").getByText("Scan a tube into it first").waitFor();
  await page.keyboard.press("Escape");
  await dialogGone();
  await isFocused(page, CODE);
});

it("tubes are ticked by hand, with a reason", async () => {
  await emptyBag();
  await page.getByTestId("by-hand").press("Enter");
  await isFocused(page, "input[name=hand-why]");
  await page.keyboard.press("Enter");
  await page.getByText("Tick at least one tube.").waitFor();
  await page.locator("input[name=hand-why]").fill("the scanner is broken");
  for (const n of [0, 1]) await page.locator("input[name=hand-tube]").nth(n).press("Space");
  await page.keyboard.press("Enter");
  await dialogGone();
  await count(2);
  await isFocused(page, CODE);
});

it("a scan after a click beside the field is not lost, and counts as scanned", async () => {
  const { fit } = await emptyBag();
  await page.getByTestId("count").click();
  await scan(page, fit[0] ?? "");
  await outcome(page, "right").waitFor();
  await count(1);
});

it("a tube of another bag is refused by that bag's name", async () => {
  await open(OPEN, "bags=some");
  const code = await page.locator("[data-out]").first().getAttribute("data-out");
  await go(EMPTY);
  await count(0);
  await isFocused(page, CODE);
  await scan(page, code ?? "");
  await outcome(page, "wrong").getByText("M-A7K-0002-T").waitFor();
  await isFocused(page, CODE);
});

it.each(["en", "tn"])("every column of the tubes is in sight, in %s", async (language) => {
  await open("/bags", `bags=some&language=${language}`);
  expect(await cutOff()).toBe(0);
  await go(OPEN);
  await page.locator("[data-out]").first().waitFor();
  expect(await cutOff()).toBe(0);
});

describe.each([
  { theme: "light", language: "en" },
  { theme: "dark", language: "tn" },
])("in $theme and $language", ({ theme, language }) => {
  const named = (name: string) => `bags-${name}-${theme}-${language}`;

  it("what goes in and what does not looks well", async () => {
    const { fit, other, unchecked } = await emptyBag(`theme=${theme}&language=${language}`);
    await scan(page, fit[0] ?? "");
    await outcome(page, "right").waitFor();
    await looksWell(page, named("right"));
    await scan(page, other[0] ?? "");
    await outcome(page, "wrong").waitFor();
    await looksWell(page, named("too-warm"));
    await scan(page, unchecked[0] ?? "");
    await page.getByTestId("to-check").waitFor();
    await looksWell(page, named("unchecked"));
    await isFocused(page, CODE);
    await page.locator("[data-out]").first().click();
    await isFocused(page, "input[name=out-why]");
    await page.keyboard.press("Enter");
    await looksWell(page, named("take-out"));
  });
});
