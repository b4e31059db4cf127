/** What a person does with the keyboard alone, on the pages around the work itself. */
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

async function open(world: string, route = ""): Promise<Page> {
  return (await openPage(browser, `${served.url}/?${world}#${route}`)).page;
}

/** Presses Tab until the element has the focus; fails when it is never reached. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${selector}`);
}

describe("first run", () => {
  it("enrols from code to Enter", async () => {
    const page = await open("phase=enrol");
    await page.keyboard.type("TSELA1-7K3M9QXT");
    await page.getByText("clinic-4.example.org").waitFor();
    await tabTo(page, "input[name=user]");
    await page.keyboard.type("Naledi “N” O’Hara");
    await tabTo(page, "input[name=passphrase]");
    await page.keyboard.type("eight characters");
    await tabTo(page, "input[name=passphrase-again]");
    await page.keyboard.type("eight character");
    await page.keyboard.press("Enter");
    await page.getByText("The two passphrases differ").waitFor();
    await page.keyboard.type("s");
    await page.keyboard.press("Enter");
    await page.getByTestId("badge").waitFor();
    await page.context().close();
  });

  it("says what is wrong with a code", async () => {
    const page = await open("phase=enrol");
    await page.keyboard.type("hello");
    await page.getByRole("alert").getByText("This is not an enrolment code.").waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});

describe("signing in", () => {
  it("refuses a wrong passphrase in words and empties the field", async () => {
    const page = await open("phase=sign_in");
    await page.getByText("Lesedi Motswagole").first().click();
    await page.locator("input[name=passphrase]").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("4 tries are left").waitFor();
    await expect.poll(() => page.locator("input[name=passphrase]").inputValue()).toBe("");
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  it("counts down while an account is locked", async () => {
    const page = await open("phase=sign_in&locked_out");
    await page.getByText("Lesedi Motswagole").first().click();
    await page.getByTestId("locked-out").getByText("13 min").waitFor();
    expect(await page.locator("input[name=passphrase]").isDisabled()).toBe(true);
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});

describe("an administrator's code", () => {
  it("is asked for with a request and ends a lock-out", async () => {
    const page = await open("phase=sign_in&locked_out");
    await page.getByText("Lesedi Motswagole").first().click();
    await page.getByTestId("locked-out").waitFor();
    await tabTo(page, "[data-testid=have-code]");
    await page.keyboard.press("Enter");
    await page.getByTestId("rescue-request").getByText("7K3M9QXT-2BHD5WRV").waitFor();
    expect(await axe(page)).toEqual([]);
    await page.locator("input[name=rescue-code]").fill("WRONGCOD-E0000000");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("This code does not fit.").waitFor();
    await page.locator("input[name=rescue-code]").fill("C8NAY4ZP-6EJG1FSK");
    await page.keyboard.press("Enter");
    await page.getByTestId("locked-out").waitFor({ state: "detached" });
    expect(await page.locator("input[name=passphrase]").isDisabled()).toBe(false);
    await page.context().close();
  });

  it("of the long kind asks for a new passphrase and signs in", async () => {
    const page = await open("phase=sign_in");
    await page.getByText("Lesedi Motswagole").first().click();
    await page.getByTestId("have-code").click();
    await page.locator("input[name=rescue-code]").fill("C8NAY4ZP-6EJG1FSK-7K3M9QXT-2BHD5WRV");
    await page.locator("input[name=rescue-passphrase]").fill("a new road");
    await page.locator("input[name=rescue-passphrase-again]").fill("a new roa");
    await page.getByTestId("use-code").click();
    await page.getByText("The two passphrases differ").waitFor();
    await page.locator("input[name=rescue-passphrase-again]").fill("a new road");
    expect(await axe(page)).toEqual([]);
    await page.getByTestId("use-code").click();
    await page.getByTestId("badge").waitFor();
    await page.context().close();
  });

  it("is made on the devices page from what the person reads out", async () => {
    const page = await open("host=server", "/devices");
    await page.getByRole("button", { name: "Code to get back in on laptop-07" }).click();
    await page.locator("input[name=request]").fill("7K3M9QXT-2BHD5WRV");
    await page.getByTestId("make-rescue-code").click();
    await page.getByText("Write a reason").waitFor();
    await page.locator("input[name=reason]").fill("called from the tent");
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByTestId("rescue-code").getByText("C8NAY4ZP-6EJG1FSK").waitFor();
    await page.context().close();
  });
});

describe.each(["reduce", "no-preference"] as const)("a dialog opened by keyboard, motion: %s", (motion) => {
  async function openedBy(world: string, route: string, button: string, key: string): Promise<Page> {
    const page = await open(world, route);
    await page.emulateMedia({ reducedMotion: motion });
    if (world.includes("sign_in")) await page.getByText("Lesedi Motswagole").first().click();
    await page.getByRole("button", { name: button }).first().focus();
    await page.keyboard.press(key);
    return page;
  }

  it.each([
    ["host=server", "/devices", "Code to get back in on laptop-07", "request"],
    ["host=server", "/devices", "Revoke laptop-07", "why"],
    ["phase=sign_in", "", "I have an administrator’s code", "rescue-code"],
    ["", "/settings", "Change my passphrase", "old-passphrase"],
    ["", "/settings", "Admit another person", "user"],
  ])("takes what is typed at once: %s %s %s", async (world, route, button, field) => {
    for (const key of ["Enter", "Space"]) {
      const page = await openedBy(world, route, button, key);
      // Quicker than anybody types, and on to what comes next: the focus must not jump back either.
      await page.keyboard.type("typed at once");
      await page.keyboard.press("Tab");
      const typed = page.locator(`[role=dialog] input[name=${field}]`);
      await expect.poll(() => typed.inputValue()).toBe("typed at once");
      await page.waitForFunction(() => !document.querySelector("[class*=transition-enter]"));
      expect(await typed.evaluate((input) => input === document.activeElement)).toBe(false);
      await page.context().close();
    }
  });

  it.each([
    ["host=server", "/devices", "Revoke laptop-07", "why"],
    ["", "/settings", "Change my passphrase", "old-passphrase"],
  ])("has the focus before the next key can come: %s %s %s", async (world, route, button, field) => {
    const page = await open(world, route);
    await page.emulateMedia({ reducedMotion: motion });
    const focused = await page.getByRole("button", { name: button }).evaluate((element: HTMLElement) => {
      element.click();
      return new Promise((done) => setTimeout(() => done(document.activeElement?.getAttribute("name"))));
    });
    expect(focused).toBe(field);
    await page.context().close();
  });

  it("gives the focus back to the button", async () => {
    const page = await openedBy("host=server", "/devices", "Revoke laptop-07", "Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const held = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    expect(held).toBe("Revoke laptop-07");
    await page.context().close();
  });

  it("moves the focus on to what comes next", async () => {
    const page = await openedBy("host=server", "/codes", "New enrolment code", "Enter");
    await tabTo(page, "[data-testid=make-code]");
    await page.keyboard.press("Enter");
    await page.getByTestId("code").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.context().close();
  });
});

describe("the sealed outbox", () => {
  it("is sent without signing in, and says what that is worth", async () => {
    const page = await open("phase=sign_in&outbox=12");
    await page.getByTestId("outbox").getByText("12 unsent records are packed").waitFor();
    await tabTo(page, "[data-testid=send-outbox]");
    await page.keyboard.press("Enter");
    await page.getByTestId("outbox").getByText("They show as received at the next sign-in").waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});

describe("the lock", () => {
  it("hides what is open, keeps it, and gives it back", async () => {
    const page = await open("", "/pending");
    const search = page.getByRole("textbox", { name: "Search" });
    await search.fill("naledi");
    await page.keyboard.press("Alt+l");
    await page.getByTestId("lock-screen").waitFor();
    expect(await search.isVisible()).toBe(false);
    await page.keyboard.type("right");
    await page.keyboard.press("Enter");
    await page.getByTestId("lock-screen").waitFor({ state: "detached" });
    await expect.poll(() => search.inputValue()).toBe("naledi");
    await page.context().close();
  });
});

describe("the pages", () => {
  it("are reached by keys, and a dialog gives the focus back", async () => {
    const page = await open("", "/settings");
    await page.keyboard.press("Alt+8");
    await page.getByTestId("push").waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.context().close();
  });

  it("have a way past the places", async () => {
    const page = await open("", "/settings");
    await page.locator(".skip-link").focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.context().close();
  });
});

describe("the sync panel", () => {
  it("pushes, pauses, goes on and cancels", async () => {
    const page = await open("", "/sync");
    const card = page.getByTestId("push-card");
    await tabTo(page, "[data-testid=push]");
    await page.keyboard.press("Enter");
    for (const button of ["pause", "resume", "cancel"]) await page.getByTestId(button).click();
    await page.locator("[data-testid=push-card][data-phase=idle]").waitFor();
    expect(await card.getByTestId("push").isEnabled()).toBe(true);
    await page.context().close();
  });

  it.each([
    ["offline", "status"],
    ["problem", "alert"],
  ])("says what stands in the way: %s is a %s", async (phase, role) => {
    const page = await open(`sync=${phase}`, "/sync");
    expect(await page.getByTestId("sync-problem").getAttribute("role")).toBe(role);
    await page.context().close();
  });

  it.each([
    ["", "true"],
    ["differs", "false"],
  ])("compares with the server %s", async (world, equal) => {
    const page = await open(world, "/sync");
    await page.getByTestId("compare").click();
    await page.locator(`[data-testid=comparison][data-equal=${equal}]`).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });
});

describe("a conflict", () => {
  it("is settled by a choice with a reason", async () => {
    const page = await open("", "/records/01980000-0000-7000-8000-0000000000c0");
    await page.getByRole("button", { name: "Choose this value: 72999888" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await dialog.getByText("Write a reason").waitFor();
    await page.keyboard.type("She said so on the phone");
    await page.keyboard.press("Enter");
    await page.locator("[data-conflict=phone]").waitFor({ state: "detached" });
    await page.context().close();
  });
});

describe("the server's pages", () => {
  it("show a new code as text and picture", async () => {
    const page = await open("host=server", "/codes");
    await page.getByTestId("new-code").click();
    await page.getByTestId("make-code").click();
    await page.getByTestId("code").getByText("TSELA1-").waitFor();
    const drawn = await page.locator("img").evaluate((image) => (image as HTMLImageElement).naturalWidth > 0);
    expect(drawn).toBe(true);
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  it("revoke with a reason only", async () => {
    const page = await open("host=server", "/devices");
    await page.getByRole("button", { name: "Revoke laptop-07" }).click();
    await page.getByRole("dialog").waitFor();
    await tabTo(page, "[role=dialog] input");
    await page.keyboard.press("Enter");
    await page.getByText("Write a reason").waitFor();
    await page.keyboard.type("stolen from the car");
    await page.keyboard.press("Enter");
    await page.getByText("laptop-07 is revoked.").waitFor();
    await page.context().close();
  });
});
