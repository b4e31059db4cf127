/** A photo's way, with real programs: attached in a browser at the laptop, pushed, and looked at on the server's pages. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { launch, looksWell, openPage, settled } from "./browser";
import { PAGES, PASSPHRASE, type Running, stays, tsela } from "./real/programs";
import { PEOPLE, Study } from "./real/study";

const NAME = "Lesedi";

// Each test runs the programs a dozen times, beside a browser.
vi.setConfig({ testTimeout: 180_000 });

/** A picture of one dot. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let browser: Browser;
let study: Study;
let app: Running;
let page: Page;
let complaints: string[];
let household: string;

beforeAll(async () => {
  [browser, study] = await Promise.all([launch(), new Study().open()]);
  await study.enrol(NAME);
  await study.enter(NAME, [{ model: "household", set: { community: "Otse", status: "absent" } }]);
  household = (await study.list(NAME, "household"))[0]?.id ?? "";
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

const drawn = () =>
  page.getByTestId("thumbnail").evaluate((element) => (element as HTMLImageElement).naturalWidth);

it("is attached at the laptop, counted, pushed and received", async () => {
  ({ page, complaints } = await openPage(browser, app.line));
  await page.locator("input[name=passphrase]").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await page.getByTestId("badge").waitFor();
  await go("/sync");
  await page.getByTestId("badge").getByText("All received").waitFor({ timeout: 30_000 });
  await page.getByTestId("auto").locator("input").uncheck();
  await go(`/records/${household}`);
  const card = page.getByTestId("attachments");
  await page
    .getByTestId("attach-file")
    .setInputFiles({ name: "page.png", mimeType: "image/png", buffer: PNG });
  await card.getByText("page.png").waitFor();
  await expect.poll(drawn).toBe(1);
  await page.getByTestId("badge-files").getByText("1 photo").waitFor();
  await page
    .getByTestId("attach-file")
    .setInputFiles({ name: "page.png", mimeType: "image/png", buffer: Buffer.from("<html>") });
  await card.locator("[data-code=attachment_kind]").waitFor();
  await expect
    .poll(() => study.list(NAME, "attachment").then((all) => all.map((one) => one.state)))
    .toEqual(["ready"]);

  await go("/sync");
  await page.getByTestId("push").click();
  await page.getByTestId("badge").getByText("All received").waitFor({ timeout: 30_000 });
  await go(`/records/${household}`);
  await card.locator("[data-attachment][data-status=received]").waitFor();
  await looksWell(page, "real-attachments");
});

it("is looked at on the server, where each look is on record", async () => {
  ({ page, complaints } = await openPage(browser, study.url));
  await page.locator("input[name=user]").fill(PEOPLE.data_manager);
  await page.locator("input[name=passphrase]").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await page.getByTestId("sign-out").waitFor();
  await go(`/records/${household}`);
  const item = page.getByTestId("attachments").locator("[data-attachment]");
  await item.getByText("page.png").waitFor();
  expect(await item.getByTestId("thumbnail").count()).toBe(0);
  await item.getByTestId("look").click();
  await item.getByTestId("thumbnail").waitFor();
  await expect.poll(drawn).toBe(1);
  await looksWell(page, "real-attachments-server");
  const id = (await item.getAttribute("data-attachment")) ?? "";
  const history = await tsela(["history", id, "--dir", study.path("clinic"), "--json"]);
  expect(history.split("attachment_viewed").length - 1).toBe(1);
});
