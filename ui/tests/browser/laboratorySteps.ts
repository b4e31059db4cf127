/** What is done at the laboratory's desk, for tests of its pages. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { idOf } from "./fieldScenes";

export const DELIVERY = `/deliveries/${idOf("r3")}`;
export const CODE = "input[name=handover-code]";
/** Its data are here and nobody has dispatched it; one that turns up; one of which nothing is known. */
export const [UNDISPATCHED, FOUND, UNKNOWN] = ["A7K090101W", "A7K090301W", "B2K0009017"] as const;

export const codeOf = async (page: Page, outcomeOf: string) =>
  (await page
    .locator(`[data-testid=lines] [data-seen-as=${outcomeOf}]`)
    .first()
    .getAttribute("data-outcome-of")) ?? "";
export const closed = (page: Page) => page.getByRole("dialog").waitFor({ state: "detached" });
export const rows = (page: Page, table: string) => page.locator(`[data-testid=${table}] tbody tr:has(.mono)`);

/** Opens the list of a dialog, by the keyboard. */
export async function unfold(page: Page): Promise<void> {
  await page.getByRole("dialog").locator(".v-select input[role=combobox]").press("ArrowDown");
  await page.getByRole("option").first().waitFor();
}

/** Chooses from the list of a dialog, as people do without a mouse: down to the words, and Enter. */
export async function choose(page: Page, words: string): Promise<void> {
  await unfold(page);
  const option = page.getByRole("option", { name: words, exact: true });
  const isThere = () =>
    option.evaluate((one) => {
      const { bottom } = one.getBoundingClientRect();
      const list = one.closest(".v-list")?.getBoundingClientRect();
      return document.activeElement === one && list !== undefined && bottom <= list.bottom + 1;
    });
  await expect
    .poll(async () => {
      // The first of the list may still be on its way to the focus.
      if ((await option.count()) > 0 && (await isThere())) return true;
      await page.keyboard.press("ArrowDown");
      return (await option.count()) > 0 && isThere();
    })
    .toBe(true);
  await page.keyboard.press("Enter");
  await page.getByRole("listbox").waitFor({ state: "detached" });
}
