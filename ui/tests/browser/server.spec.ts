/** The data manager's and the administrator's work, on the pages of a real server with real laptops. */
import jsQR from "jsqr";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { launch, looksWell, openPage, settled } from "./browser";
import { PASSPHRASE } from "./real/programs";
import { paper, PEOPLE, Study } from "./real/study";

const LAPTOPS = ["Lesedi", "Thabo"] as const;
const MODELS = ["household", "household_visit", "household_member", "eligibility", "participant"];
const { lines, id } = paper();

// Each test runs the programs a dozen times, beside a browser.
vi.setConfig({ testTimeout: 180_000 });

let browser: Browser;
let study: Study;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, study] = await Promise.all([launch(), new Study().open()]);
});

afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await study.close();
});

async function signIn(role: keyof typeof PEOPLE, colorScheme: "light" | "dark" = "light"): Promise<void> {
  ({ page, complaints } = await openPage(browser, study.url, colorScheme));
  await page.locator("input[name=user]").fill(PEOPLE[role]);
  await page.locator("input[name=passphrase]").fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await page.getByTestId("sign-out").waitFor();
}

/** Within the page, as a person goes; the address alone would not load it anew. */
async function go(route: string): Promise<void> {
  await page.evaluate((hash) => void (location.hash = hash), route);
  await settled(page);
}

/** What a scanner reads from the picture that is shown. */
async function scanned(): Promise<string | undefined> {
  const side = 480;
  const pixels = await page.locator("img").evaluate(async (image: HTMLImageElement, size) => {
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const drawing = canvas.getContext("2d");
    drawing?.fillRect(0, 0, size, size);
    drawing?.drawImage(image, 0, 0, size, size);
    return [...(drawing?.getImageData(0, 0, size, size).data ?? [])];
  }, side);
  return jsQR(new Uint8ClampedArray(pixels), side, side)?.data;
}

/** Writes the reason that a dialog asks for, by the keyboard; without one it goes no further. */
async function giveReason(reason: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.locator("input:focus").waitFor();
  await page.keyboard.press("Enter");
  await dialog.getByText("Write a reason").waitFor();
  await page.keyboard.type(reason);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
}

async function settle(record: string, field: string, value: string): Promise<void> {
  const card = page.locator(`[data-record="${record}"] [data-conflict="${field}"]`);
  await card.getByRole("button", { name: `Choose this value: ${value}`, exact: true }).click();
  await giveReason("Asked both assistants");
  await card.waitFor({ state: "detached" });
}

const device = (name: string) => page.getByRole("row").filter({ hasText: name });

describe("an administrator", () => {
  it("makes a code that a laptop is enrolled with, as text and as a picture", async () => {
    await signIn("administrator");
    await go("/codes");
    await page.getByTestId("new-code").click();
    await page.getByTestId("make-code").click();
    const code = (await page.getByTestId("code").innerText()).trim();
    expect(await scanned()).toBe(code);
    await looksWell(page, "real-server-new-code");
    await page.getByRole("button", { name: "Close" }).click();

    await study.enrol(LAPTOPS[0], code);
    await study.enrol(LAPTOPS[1]);
    await page.getByRole("row").filter({ hasText: "used" }).first().waitFor({ timeout: 15_000 });
    await go("/devices");
    for (const name of LAPTOPS) await device(name).waitFor();
  });

  it("sees when a laptop was last heard of, and what it brought", async () => {
    for (const laptop of LAPTOPS) await study.enter(laptop, lines);
    await study.push(...LAPTOPS);
    await signIn("administrator");
    await go("/devices");
    for (const name of LAPTOPS) {
      await device(name).getByText("stored").first().waitFor();
      await expect.poll(() => device(name).innerText()).toMatch(/just now|\d+ (s|min)/);
    }
    await looksWell(page, "real-server-devices");
  });
});

describe("a data manager", () => {
  it("settles what two laptops wrote apart, and both show it after their next push", async () => {
    const [first, second] = [
      { phone: "71111111", language: "en" },
      { phone: "72222222", physical_address: "Plot 9" },
    ];
    const change = { op: "update", model: "participant", record: id("p2"), reason: "asked her" };
    await study.enter(LAPTOPS[0], [{ ...change, set: first }]);
    await study.enter(LAPTOPS[1], [{ ...change, set: second }]);
    await study.push(...LAPTOPS);

    await signIn("data_manager");
    await go("/conflicts");
    const phone = page.locator(`[data-record="${id("p2")}"] [data-conflict="phone"]`);
    for (const value of ["71111111", "72222222", ...LAPTOPS]) await phone.getByText(value).first().waitFor();
    await looksWell(page, "real-server-conflicts");
    await settle(id("p2"), "phone", "72222222");
    // Both printed identifiers for the same paper: which of them counts is a decision like any other.
    for (const [ref, model, field] of [
      ["h1", "household", "household_identifier"],
      ["p2", "participant", "subject_identifier"],
    ] as const) {
      const [record] = await study.list(LAPTOPS[0], model);
      await settle(id(ref), field, String(record?.fields[field]));
    }
    await page.getByText("No conflicts.").waitFor();
    await looksWell(page, "real-server-conflicts-settled");

    await study.push(...LAPTOPS);
    for (const model of MODELS) {
      const shown = await study.list(LAPTOPS[0], model);
      expect(shown).not.toEqual([]);
      expect(await study.list(LAPTOPS[1], model)).toEqual(shown);
      expect(shown.flatMap((record) => record.conflicts)).toEqual([]);
    }
    const [person] = await study.list(LAPTOPS[1], "participant");
    expect(person?.fields).toMatchObject({ phone: "72222222", language: "en", physical_address: "Plot 9" });

    // A later edit, by the one whose value was not taken, is an edit like any other.
    await study.enter(LAPTOPS[0], [{ ...change, set: { phone: "73333333" } }]);
    await study.push(...LAPTOPS);
    await go("/browse");
    await go("/conflicts");
    await page.getByText("No conflicts.").waitFor();
    await go(`/records/${id("p2")}`);
    await page.getByText("73333333").first().waitFor();
    await page.getByText("Asked both assistants").first().waitFor();
    await looksWell(page, "real-server-record");
  });

  it("is told of two heads of one household until one is corrected", async () => {
    const head = (ref: string, is: boolean) => ({
      op: "update",
      model: "household_member",
      record: id(ref),
      set: { relation: is ? "head" : "other", head_of_household: is },
      reason: "they say so",
    });
    await study.enter(LAPTOPS[0], [head("m1", true)]);
    await study.enter(LAPTOPS[1], [head("m2", true)]);
    await study.push(...LAPTOPS);
    await signIn("data_manager");
    await go("/findings");
    await page.getByRole("row").filter({ hasText: "TSHEPO" }).first().waitFor();
    await page.getByRole("row").filter({ hasText: "OTENG" }).first().waitFor();
    await looksWell(page, "real-server-findings");

    await study.enter(LAPTOPS[0], [head("m1", false)]);
    await study.push(...LAPTOPS);
    await page.getByText("No findings.").waitFor({ timeout: 20_000 });
  });
});

describe("every page of the server", () => {
  it.each(["light", "dark"] as const)("looks well in %s", async (scheme) => {
    ({ page, complaints } = await openPage(browser, study.url, scheme));
    await looksWell(page, `real-server-sign-in-${scheme}`);
    await page.context().close();
    await signIn("administrator", scheme);
    for (const name of ["devices", "codes", "held", "findings", "conflicts", "forks", "browse"]) {
      await go(`/${name}`);
      await looksWell(page, `real-server-${name}-${scheme}`);
    }
    await page.context().close();
    await signIn("lab_assistant", scheme);
    await page.waitForURL(/#\/arriving$/);
    for (const name of ["arriving", "deliveries/new", "received", "missing", "report"]) {
      await go(`/${name}`);
      expect(page.url()).toMatch(new RegExp(`#/${name}$`));
      await looksWell(page, `real-server-${name.replace("/", "-")}-${scheme}`);
    }
  });
});

describe("a laptop that is gone", () => {
  it("is revoked with a reason, and refused from then on", async () => {
    await signIn("administrator");
    await go("/devices");
    await device(LAPTOPS[1])
      .getByRole("button", { name: /^Revoke/ })
      .click();
    await giveReason("Stolen from the car");
    await device(LAPTOPS[1])
      .getByText(/^Revoked \d/)
      .waitFor();
    await looksWell(page, "real-server-revoked");
    await expect(study.push(LAPTOPS[1])).rejects.toThrow(/ended with 77/);
    await study.push(LAPTOPS[0]);
  });
});
