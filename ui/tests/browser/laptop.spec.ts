/** The research assistant's work in a browser: the pages that `tsela app` serves, over a real store and server. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { launch, looksWell, openPage, settled } from "./browser";
import { PAGES, PASSPHRASE, type Running, stays } from "./real/programs";
import { paper, Study } from "./real/study";

const NAME = "Lesedi";
const { lines, id } = paper();

// Each test runs the programs a dozen times, beside a browser.
vi.setConfig({ testTimeout: 180_000 });

let browser: Browser;
let study: Study;
let app: Running;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, study] = await Promise.all([launch(), new Study().open()]);
  await study.enrol(NAME);
  await study.enter(NAME, lines);
  app = await stays(["app", "--dir", study.path(NAME), "--listen", "127.0.0.1:0", "--ui", PAGES]);
});

afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await app.stop();
  await study.close();
});

async function go(route: string): Promise<void> {
  await page.evaluate((hash) => void (location.hash = hash), route);
  await settled(page);
}

async function signIn(): Promise<void> {
  await page.locator("input[name=passphrase]").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await page.getByTestId("badge").waitFor();
}

async function keys(...names: string[]): Promise<void> {
  for (const name of names) await page.keyboard.press(name);
}

it("signs in, fills one form, pushes, and sees everything received", async () => {
  ({ page, complaints } = await openPage(browser, app.line));
  expect(page.url()).not.toContain("token");
  await looksWell(page, "real-laptop-sign-in");
  await signIn();
  await go("/sync");
  // What was entered before may go by itself as soon as somebody signs in; what is entered now shall wait.
  await page.getByTestId("badge").getByText("All received").waitFor({ timeout: 30_000 });
  await page.getByTestId("auto").locator("input").uncheck();
  await go("/households/new");
  await page.locator('[data-field="community"] input:focus').waitFor();
  await page.keyboard.type("Ots");
  await page.getByRole("option").first().waitFor();
  await keys("Enter");
  await page.locator('[data-field="section"] input:focus').waitFor();
  await page.keyboard.type("S4");
  await keys("Enter");
  await page.keyboard.type("0101");
  await keys("Enter", "1", "Enter", "Control+s");
  await page.getByRole("heading", { name: "Otse · S4 · 0101" }).waitFor();
  await page.getByTestId("badge").getByText("1 unsent").waitFor();
  const before = await study.list(NAME, "household");
  expect(before.map(({ state }) => state).sort()).toEqual(["ready", "received"]);

  await go("/sync");
  await page.getByTestId("push").click();
  await page.getByTestId("badge").getByText("All received").waitFor({ timeout: 30_000 });
  await page.getByTestId("compare").click();
  await page.locator("[data-testid=comparison][data-equal=true]").waitFor();
  await looksWell(page, "real-laptop-sync");
  await go("/pending");
  await page.getByText("Nothing waits").waitFor();
  await go("/households");
  await page.getByRole("row").filter({ hasText: "0101" }).getByText("Received").waitFor();
  const after = await study.list(NAME, "household");
  expect(after.map(({ state }) => state)).toEqual(["received", "received"]);
  expect(after.map(({ fields }) => fields)).toEqual(
    (await study.list("clinic", "household")).map(({ fields }) => fields),
  );
});

it.each(["light", "dark"] as const)("looks well on every page in %s", async (scheme) => {
  // The session is the program's, so that whoever has its address is signed in.
  ({ page, complaints } = await openPage(browser, app.line, scheme));
  await page.getByTestId("badge").waitFor();
  const person = `/participants/${id("p2")}`;
  const routes = [
    "/home",
    "/households",
    `/households/${id("h1")}`,
    "/participants",
    person,
    "/requisitions",
  ];
  for (const route of [
    ...routes,
    "/specimens",
    "/bags",
    "/handovers",
    "/handovers/new",
    "/sync",
    "/ways",
    "/pending",
    "/settings",
    `/records/${id("p2")}`,
  ]) {
    await go(route);
    await looksWell(page, `real-laptop${route.replace(/[^a-z]+/g, "-")}-${scheme}`);
  }
});
