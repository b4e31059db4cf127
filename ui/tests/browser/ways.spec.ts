/** A courier by keyboard alone: a stick, and an SFTP server whose key is confirmed once. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { launch, looksWell, openPage, serveFake, type Served } from "./browser";

let browser: Browser;
let served: Served;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, served] = await Promise.all([launch(), serveFake()]);
});

afterEach(async () => {
  expect(complaints).toEqual([]);
  await page.context().close();
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

async function open(world = ""): Promise<void> {
  ({ page, complaints } = await openPage(browser, `${served.url}/?${world}#/ways`));
}

const done = () => page.getByTestId("courier-done");

it("the only stick is chosen, written to, and may then be removed", async () => {
  await open();
  expect(await page.locator("[data-path] input").isChecked()).toBe(true);
  await page.getByTestId("export").press("Enter");
  await page.getByTestId("courier-work").waitFor();
  expect(await page.getByTestId("export").isDisabled()).toBe(true);
  await expect.poll(() => page.getByText("safe to remove").count()).toBe(0);
  await done().waitFor();
  await expect.poll(() => done().textContent()).toContain("safe to remove the stick");
  await page.getByTestId("import").press("Enter");
  await page.locator("[data-testid=courier-done][data-task=import]").waitFor();
});

it("a drive that cannot be written to is not chosen beforehand, and the arrows choose", async () => {
  await open("drives=two");
  await expect.poll(() => page.locator("[data-path] input:checked").count()).toBe(1);
  await page.locator("[data-path='/media/lesedi/KINGSTON'] input").focus();
  await page.keyboard.press("ArrowDown");
  expect(await page.locator("[data-path='/mnt/clinic'] input").isChecked()).toBe(true);
});

it("work that is under way can be ended by keyboard", async () => {
  await open("courier=working");
  await page.getByTestId("courier-stop").press("Enter");
  await page.getByText("Ending after the file").waitFor();
  expect(await page.getByTestId("courier-stop").isDisabled()).toBe(true);
});

it("a key of an SFTP server is confirmed only by who says to have asked", async () => {
  await open("drives=none");
  await page.locator("input[name=place]").fill("sftp://lesedi@clinic.example/srv/study");
  await page.getByTestId("export").press("Enter");
  await page.locator("[data-code=road_login]").waitFor();
  await page.locator("input[name=secret]").fill("a password");
  await page.getByTestId("export").press("Enter");
  await page.locator("[data-code=road_unknown_host]").waitFor();
  expect(await page.getByTestId("confirm-key").isDisabled()).toBe(true);
  await looksWell(page, "ways-sftp");
  await page.locator("input[name=asked]").press("Space");
  await page.getByTestId("confirm-key").press("Enter");
  await done().waitFor();
  await expect.poll(() => done().textContent()).toContain("lies there for the server");
});

it("a path that is none is refused beside the buttons", async () => {
  await open("drives=none");
  await page.locator("input[name=place]").fill("stick");
  await page.getByTestId("export").press("Enter");
  await page.locator("[data-code=road_folder]").waitFor();
});

const names = () => page.locator("[data-way]").evaluateAll((ways) => ways.map((way) => way.dataset["name"]));
const way = (name: string) => page.locator(`[data-name='${name}']`);

it("ways are put into another order by keyboard, and the focus goes with them", async () => {
  await open("ways=some");
  await page.getByRole("button", { name: "Try Stick earlier" }).press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("[data-way]")[1]?.matches("[data-name=Stick]"));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("[data-way]")?.matches("[data-name=Stick]"));
  expect(await names()).toEqual(["Stick", "Clinic share", "University"]);
  await page.getByRole("button", { name: "Try Stick later" }).click();
  await page.waitForFunction(() => document.querySelectorAll("[data-way]")[1]?.matches("[data-name=Stick]"));
});

it("a way is added, sent by, and removed after a question", async () => {
  await open();
  await page.getByTestId("no-ways").waitFor();
  await page.getByTestId("add-way").press("Enter");
  await page.keyboard.type("Clinic share");
  await page.locator("input[name=way-place]").fill("clinic");
  await page.keyboard.press("Enter");
  await page.locator("[data-testid=add-form] [data-code=road_folder]").waitFor();
  await page.locator("input[name=way-place]").fill("sftp://lesedi@clinic.example/srv/study");
  await page.locator("input[name=way-secret]").fill("a password");
  await looksWell(page, "ways-add");
  await page.getByTestId("add-now").press("Enter");
  await way("Clinic share").waitFor();
  await way("Clinic share").getByTestId("send-by").press("Enter");
  await page.locator("[data-code=road_unknown_host]").waitFor();
  await page.locator("input[name=asked]").press("Space");
  await page.getByTestId("confirm-key").press("Enter");
  await done().waitFor();
  await expect.poll(() => done().textContent()).toContain("2 receipts were taken in");
  await way("Clinic share").getByTestId("remove-way").press("Enter");
  await page.getByRole("dialog").waitFor();
  await looksWell(page, "ways-remove");
  await page.getByRole("button", { name: "Remove", exact: true }).press("Enter");
  await page.getByTestId("no-ways").waitFor();
});

it("what was packed at sign-out says where it was written, and that this is not sent", async () => {
  ({ page, complaints } = await openPage(
    browser,
    `${served.url}/?phase=sign_in&outbox=12&outbox_written=O'Brien's stick`,
  ));
  const outbox = page.getByTestId("outbox");
  await outbox.getByText("lies at “O'Brien's stick” as well. It counts as unsent").waitFor();
  await outbox.getByText("12 unsent records are packed").waitFor();
  await looksWell(page, "outbox-written");
});
