/** What a person decides about entries that are kept apart, with a reason. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { axe, launch, openPage, serveFake, type Served } from "./browser";

let browser: Browser;
let served: Served;

beforeAll(async () => {
  [browser, served] = await Promise.all([launch(), serveFake()]);
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

async function open(): Promise<Page> {
  return (await openPage(browser, `${served.url}/?host=server&language=en#/forks`)).page;
}

describe("quarantined entries", () => {
  it("are counted beside the page's name while they wait", async () => {
    const page = await open();
    const waiting = await page.locator(".forks .bg-ground-yellow").count();
    expect(waiting).toBe(2);
    await page.getByRole("link", { name: `Forks ${waiting}` }).waitFor();
    await page.context().close();
  });

  it("are admitted with a reason, and not without", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Admit entries of A09" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Through entry" }).waitFor();
    await dialog.getByRole("button", { name: "Admit" }).click();
    await dialog.getByText("Write a reason").first().waitFor();
    expect(await axe(page)).toEqual([]);
    await dialog.getByLabel("Reason").first().fill("found again in the office");
    await page.keyboard.press("Enter");
    await page.getByText("The entries of A09 are admitted.").waitFor();
    await page.context().close();
  });

  it("of a fork are closed, and a closed one says by whom and why", async () => {
    const page = await open();
    await page.getByText("A disk was put back; compared.").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Close the fork of B03" }).count()).toBe(0);
    await page.getByRole("button", { name: "Close the fork of A02" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("both versions stay").waitFor();
    await dialog.getByLabel("Reason").first().fill("compared with its people");
    await page.keyboard.press("Enter");
    await page.getByText("The fork of A02 is closed.").waitFor();
    await page.context().close();
  });
});
