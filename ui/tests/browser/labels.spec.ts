/** Labels of tubes: printed, stuck on, scanned back; on sheets, and of rolls. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { settled } from "./browser";
import { fakePages } from "./fakePages";
import { chemistryDrawn, codeField, drawTwo, isFocused, NEW, outcome, save, scan, type } from "./labelSteps";

const opened = fakePages();
let page: Page;

async function open(route: string, world = ""): Promise<void> {
  page = await opened(route, world);
}

describe("after a requisition was saved as drawn", () => {
  it("the keyboard prints, scans every tube and goes on", async () => {
    await open(NEW);
    const [one = "", two = ""] = await drawTwo(page);
    await isFocused(page, "[data-testid=print-labels]");
    await page.keyboard.press("Enter");
    await page.getByTestId("print-done").getByText("The printer has all 2 labels").waitFor();
    await isFocused(page, "input[name=label-code]");
    // Two scans with no pause between them: none is lost.
    await scan(page, one.toLowerCase());
    await scan(page, two);
    await page.getByTestId("all-checked").waitFor();
    await isFocused(page, "[data-testid=to-participant]");
    await expect.poll(() => page.locator("[data-checked=true]").count()).toBe(2);
  });

  it("a code typed by hand wants a reason, and Esc takes it back", async () => {
    await open(NEW);
    const [one = ""] = await drawTwo(page);
    await codeField(page).focus();
    await type(page, one);
    await isFocused(page, "input[name=label-why]");
    await page.keyboard.press("Escape");
    await isFocused(page, "input[name=label-code]");
    await expect.poll(() => codeField(page).inputValue()).toBe("");
    await type(page, one);
    await isFocused(page, "input[name=label-why]");
    await page.keyboard.press("Enter");
    await page.getByText("Write why it was not scanned").waitFor();
    await page.keyboard.type("no scanner");
    await page.keyboard.press("Enter");
    await outcome(page, "right").waitFor();
    await page.locator(`[data-label-of="${one}"][data-checked=true]`).waitFor();
  });

  it("another tube's label is refused in words", async () => {
    await open(NEW);
    await drawTwo(page);
    await codeField(page).focus();
    await scan(page, "A7K000201W");
    await outcome(page, "wrong").getByText("another tube").waitFor();
    await scan(page, "short!");
    await outcome(page, "wrong").getByText("not the code of a tube").waitFor();
    await expect.poll(() => codeField(page).inputValue()).toBe("");
  });

  it("a tube is ticked by hand with a reason", async () => {
    await open(NEW);
    const [one = ""] = await drawTwo(page);
    await page.getByRole("button", { name: `Check without scanning: ${one}` }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Write a reason").waitFor();
    await page.keyboard.type("the scanner is empty");
    await page.keyboard.press("Enter");
    await page.locator(`[data-label-of="${one}"][data-checked=true]`).waitFor();
    await page.getByTestId("labels-left").getByText("1 label is not checked yet").waitFor();
  });

  it("without a printer the sheet is offered, and it may be left unchecked", async () => {
    await open(NEW, "printer=none");
    await drawTwo(page);
    await page.getByTestId("no-printer").getByRole("link").waitFor();
    await expect.poll(() => page.getByTestId("print-labels").count()).toBe(0);
    await page.getByTestId("to-participant").click();
    await page.getByText("Visits, requisitions, specimens").waitFor();
  });
});

/** The pages of a PDF with their sizes in points. */
function pagesOf(pdf: Buffer): string[] {
  const text = pdf.toString("latin1");
  expect(text.match(/\/Type\s*\/Page\b(?!s)/g)?.length).toBe(text.match(/\/MediaBox\s*\[/g)?.length);
  return [...text.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map((box) =>
    (box[1] ?? "").trim().split(/\s+/).map(Number).map(Math.round).join(" "),
  );
}

describe("a sheet for an office printer", () => {
  it.each([
    ["0", 1],
    ["23", 2],
  ])("with %s places used is %i pages of A4 and nothing else", async (skip, pages) => {
    await open(NEW, "printer=none");
    await drawTwo(page);
    // Headless, the print dialog would never be closed.
    await page.evaluate(() => void (window.print = () => void document.body.setAttribute("data-asked", "")));
    await page.getByTestId("print-sheet").click();
    await page.locator("input[name=skip]").fill("x");
    await page.keyboard.press("Enter");
    await page.getByText("A whole number from 0 to 200").waitFor();
    await page.locator("input[name=skip]").fill(skip);
    await page.keyboard.press("Enter");
    await page.getByTestId("sheets-ready").waitFor();
    await page.locator("body[data-asked]").waitFor();
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    expect(pagesOf(pdf)).toEqual(Array.from({ length: pages }, () => "0 0 595 842"));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => page.locator(".label-sheets").count()).toBe(0);
    await isFocused(page, "input[name=label-code]");
  });
});

describe("a label of a roll", () => {
  it("is taken up by scanning, and its tube is checked at once", async () => {
    await open(NEW);
    await chemistryDrawn(page);
    await page.getByTestId("use-roll").click();
    await isFocused(page, "input[name=roll-0]");
    await scan(page, "R07000101W");
    await isFocused(page, "input[name=roll-1]");
    await scan(page, "R07000101W");
    await page.getByText("scanned for another tube already").first().waitFor();
    await page.keyboard.press("Control+s");
    await isFocused(page, "input[name=roll-0]");
    await page.locator("input[name=roll-1]").fill("");
    await page.locator("input[name=roll-1]").focus();
    await scan(page, "X07000101W");
    await page.keyboard.press("Control+s");
    await page.getByText("is not on a roll of labels").waitFor();
    await isFocused(page, "input[name=roll-1]");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await type(page, "R07000201X");
    await page.keyboard.press("Control+s");
    await isFocused(page, "input[name=roll-why-1]");
    await page.keyboard.type("torn");
    expect(await save(page)).toEqual(["R07000101W", "R07000201X"]);
    await page.getByTestId("all-checked").waitFor();
  });

  it("stays in the draft", async () => {
    await open(NEW);
    await chemistryDrawn(page);
    await page.getByTestId("use-roll").click();
    await isFocused(page, "input[name=roll-0]");
    await scan(page, "R07000101W");
    await page.getByTestId("leave").click();
    await page.getByText("Visits, requisitions, specimens").waitFor();
    await page.evaluate((hash) => void (location.hash = hash), NEW);
    await settled(page);
    await page.locator("input[name=roll-0]").waitFor();
    await expect.poll(() => page.locator("input[name=roll-0]").inputValue()).toBe("R07000101W");
    await expect.poll(() => page.locator("input[name=roll-why-0]").count()).toBe(0);
  });

  it("is not offered without a roll", async () => {
    await open(NEW, "rolls=none");
    await chemistryDrawn(page);
    await expect.poll(() => page.getByTestId("use-roll").count()).toBe(0);
  });
});

describe("the settings of labels", () => {
  it("save a printer, print a test label and a roll", async () => {
    await open("/settings");
    const address = page.locator("input[name=printer]");
    await address.fill("lp0");
    await page.keyboard.press("Enter");
    await page.locator("[data-code=bad_address]").waitFor();
    await address.fill("file:/dev/usb/lp0");
    expect(await page.getByTestId("print-test").isDisabled()).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByText("Printer and label are saved").waitFor();
    await page.getByTestId("print-test").press("Enter");
    await page.getByTestId("labels-card").getByText("The printer has the label").waitFor();
    await page.locator("input[name=roll-labels]").fill("501");
    await page.keyboard.press("Enter");
    await page.getByText("A whole number from 1 to 500").waitFor();
    await page.locator("input[name=roll-labels]").fill("120");
    await page.keyboard.press("Enter");
    await page.getByTestId("rolls").getByRole("cell", { name: "160" }).first().waitFor();
  });

  it("say when no code is left for a roll", async () => {
    await open("/settings", "codes=1&rolls=none");
    await page.getByTestId("no-code").waitFor();
    await expect.poll(() => page.getByTestId("print-roll").count()).toBe(0);
  });
});
