/** Every look of labels that takes some steps to reach, in both themes and languages. */
import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import { looksWell } from "./browser";
import { fakePages } from "./fakePages";
import { chemistryDrawn, drawTwo, isFocused, NEW, outcome, scan, SPECIMEN, type } from "./labelSteps";

const opened = fakePages();
let page: Page;

async function open(route: string, world = ""): Promise<void> {
  page = await opened(route, world);
}

const LOOKS = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "tn" },
];

describe.each(LOOKS)("in $theme and $language", ({ theme, language }) => {
  const world = `theme=${theme}&language=${language}`;
  const named = (name: string) => `labels-${name}-${theme}-${language}`;

  it("the labels of a save look well before and after print and check", async () => {
    await open(NEW, world);
    const [one = "", two = ""] = await drawTwo(page);
    await looksWell(page, named("made"));
    await page.getByTestId("print-labels").press("Enter");
    await page.getByTestId("print-done").waitFor();
    await looksWell(page, named("printed"));
    await scan(page, one);
    await outcome(page, "right").waitFor();
    await looksWell(page, named("right"));
    await scan(page, "A7K00Z901W");
    await outcome(page, "wrong").waitFor();
    await looksWell(page, named("wrong"));
    await scan(page, one);
    await outcome(page, "again").waitFor();
    await looksWell(page, named("again"));
    await type(page, two);
    await page.locator("input[name=label-why]").waitFor();
    await looksWell(page, named("typed"));
    await page.keyboard.type("the label is creased");
    await page.keyboard.press("Enter");
    await page.getByTestId("all-checked").waitFor();
    await looksWell(page, named("checked"));
  });

  it("a printer that does not answer says what to do", async () => {
    await open(NEW, `${world}&printer=off`);
    await drawTwo(page);
    await page.getByTestId("print-labels").press("Enter");
    await page.locator("[data-code=printer_off]").waitFor();
    await looksWell(page, named("printer-off"));
  });

  it("the dialogs of printing look well", async () => {
    await open(SPECIMEN, world);
    await page.getByTestId("print-sheet").click();
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("sheet"));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByTestId("print-labels").click();
    await page.getByTestId("print-now").click();
    await page.getByTestId("print-again").click();
    await page.locator("input[name=print-why]").waitFor();
    await page.getByTestId("print-now").click();
    await looksWell(page, named("print-again"));
  });

  it("the fields of a roll look well", async () => {
    await open(NEW, world);
    await chemistryDrawn(page);
    await page.getByTestId("use-roll").click();
    await isFocused(page, "input[name=roll-0]");
    await scan(page, "R07000101W");
    await type(page, "R07000201X");
    await page.getByTestId("roll-fields").scrollIntoViewIfNeeded();
    await looksWell(page, named("roll"));
  });

  it("a specimen's label and the settings of labels look well", async () => {
    await open(SPECIMEN, world);
    await page.getByTestId("label-picture").scrollIntoViewIfNeeded();
    await page.getByTestId("check-label").click();
    await looksWell(page, named("specimen"));
    await page.evaluate(() => (location.hash = "/settings"));
    await page.getByTestId("rolls").scrollIntoViewIfNeeded();
    await looksWell(page, named("settings"));
  });

  it("the tubes without a checked label are shown alone", async () => {
    await open("/specimens", world);
    await page.locator("input[name=unchecked]").check();
    await page.getByTestId("not-checked").first().waitFor();
    await looksWell(page, named("unchecked"));
    await page.locator("input[name=search]").fill("nothing like it");
    await page.locator(".empty").waitFor();
    await looksWell(page, named("none-found"));
  });
});
