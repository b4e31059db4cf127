/** What is done with labels of tubes, for tests of the pages. */
import type { Page } from "playwright-core";
import { idOf } from "./fieldScenes";

export const NEW = `/participants/${idOf("p2")}/requisitions/new`;
export const SPECIMEN = `/specimens/${idOf("s2_fbc")}`;

/** As a scanner that plays the keyboard: all at once, whatever else this computer is at, ended by Enter. */
export async function scan(page: Page, code: string): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  // Sent without waiting for one another, as the keys of a scanner are: they are taken in their order all the same.
  const sent = [...code].flatMap((key) => [
    browser.send("Input.dispatchKeyEvent", { type: "keyDown", key, text: key, unmodifiedText: key }),
    browser.send("Input.dispatchKeyEvent", { type: "keyUp", key }),
  ]);
  await Promise.all(sent);
  await browser.detach();
  await page.keyboard.press("Enter");
}

/** As a person: a key now and then. */
export async function type(page: Page, code: string): Promise<void> {
  await page.keyboard.type(code, { delay: 60 });
  await page.keyboard.press("Enter");
}

export const codeField = (page: Page) => page.locator("input[name=label-code]");
export const outcome = (page: Page, kind: string) =>
  page.locator(`[data-testid=scan-outcome][data-outcome=${kind}]`);
export const isFocused = (page: Page, selector: string) =>
  page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);

/** Says that a chemistry of two tubes was drawn. */
export async function chemistryDrawn(page: Page): Promise<void> {
  await page.locator("#f-visit:focus").waitFor();
  await page.locator('[data-field="clinician_initials"] input').fill("KM");
  await page.locator('input[name="panel-chemistry"]').press("Space");
  const drawing = page.locator('[data-drawing="chemistry"]');
  await drawing.locator("input[data-option=true]").check();
  await drawing.locator('[data-field="estimated_volume"] input').fill("5");
}

/** Saves what was drawn; returns the tubes' identifiers. */
export async function save(page: Page): Promise<string[]> {
  await page.keyboard.press("Control+s");
  await page.getByTestId("made").waitFor();
  await page.locator("[data-label-of]").nth(1).waitFor();
  const tubes = page.locator("[data-label-of]");
  return tubes.evaluateAll((all) => all.map((tube) => tube.getAttribute("data-label-of") ?? ""));
}

export async function drawTwo(page: Page): Promise<string[]> {
  await chemistryDrawn(page);
  return save(page);
}
