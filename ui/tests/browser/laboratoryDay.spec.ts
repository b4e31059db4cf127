/** A tube's last mile on the pages of a real server: brought by hand, received, rejected, and told to the laptop. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { launch, looksWell, openPage } from "./browser";
import { isFocused, outcome, scan } from "./labelSteps";
import { choose, closed, CODE } from "./laboratorySteps";
import { DEMO, PASSPHRASE, tsela } from "./real/programs";
import { PEOPLE, Study } from "./real/study";

const LAPTOP = "Lesedi";
/** So much of the sample day that it has tubes. */
const LINES = 60;

// It runs the programs a dozen times, beside a browser.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let browser: Browser;
let study: Study;

beforeAll(async () => {
  [browser, study] = await Promise.all([launch(), new Study().open()]);
  await study.enrol(LAPTOP);
  const day = readFileSync(join(DEMO, "shift.jsonl"), "utf8").split("\n").slice(0, LINES).join("\n");
  await tsela(["enter", "--dir", study.path(LAPTOP), "--moved-to-today", "-"], { input: day });
  await study.push(LAPTOP);
});
afterAll(async () => {
  await browser.close();
  await study.close();
});

/** What the laptop says of its tubes, by their codes. */
async function tubes(): Promise<Map<string, Record<string, unknown>>> {
  const out = await tsela(["tubes", "--dir", study.path(LAPTOP), "--json"]);
  const rows = out.split("\n").filter(Boolean);
  return new Map(
    rows.map((row) => {
      const tube = JSON.parse(row) as Record<string, unknown>;
      return [String(tube["specimen"]), tube];
    }),
  );
}

async function sign(page: Page, form: string, passphrase: string): Promise<void> {
  await page.getByTestId(form).locator("input[type=password]").fill(passphrase);
  await page.keyboard.press("Enter");
}

it("is received, rejected with the wish for another one, and the assistant's laptop says so", async () => {
  const [code = ""] = [...(await tubes()).keys()];
  expect(code).not.toBe("");
  const { page, complaints } = await openPage(browser, study.url);
  await page.locator("input[name=user]").fill(PEOPLE.lab_assistant);
  await page.locator("input[name=passphrase]").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/arriving$/);

  await page.getByTestId("walked-in").click();
  await isFocused(page, "input[name=giver]");
  await page.keyboard.type(PEOPLE.driver);
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/deliveries\/(?!new)./);
  await isFocused(page, CODE);
  await scan(page, code);
  await outcome(page, "wrong").getByText("came with no dispatch").waitFor();
  await page.getByTestId("explain").press("Enter");
  await isFocused(page, "input[name=unexpected-how]");
  await page.keyboard.press("Enter");
  await closed(page);
  await expect.poll(() => page.locator("[data-source-count=undispatched]").innerText()).toBe("1");
  await looksWell(page, "real-lab-delivery");
  await sign(page, "sign-form", PASSPHRASE);
  await page.locator("[data-void=taker]").waitFor();
  await page.getByTestId("other-form").locator("input[name=other-account]").fill(PEOPLE.driver);
  await sign(page, "other-form", PASSPHRASE);
  await page.getByText("decide on the tubes under Received").waitFor();

  await page.locator("nav a[href='#/received']").click();
  await page.locator("input[name=pick-tube]").first().press("Space");
  await page.getByTestId("reject-chosen").press("Enter");
  await page.getByRole("dialog").waitFor();
  await choose(page, "Haemolysed");
  await page.locator("input[name=decide-why]").fill("red all over");
  await page.locator("input[name=recollect]").press("Space");
  await page.getByTestId("decide-now").press("Enter");
  await closed(page);
  await page.getByTestId("decided").getByText("Rejected: haemolysed, please draw again").waitFor();
  await looksWell(page, "real-lab-received");
  await page.locator("nav a[href='#/report']").click();
  await page.locator("[data-total=rejected]").getByText("1", { exact: true }).waitFor();
  await page.getByTestId("chart").waitFor();
  await looksWell(page, "real-lab-report");
  expect(complaints).toEqual([]);
  await page.context().close();

  await study.push(LAPTOP);
  expect((await tubes()).get(code)).toMatchObject({
    custody: "recollection_requested",
    discrepancy: "haemolysed",
  });
});
