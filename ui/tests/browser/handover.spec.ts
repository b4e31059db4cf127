/** Handing over by scanner and keyboard, and every look that takes some steps to reach. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { looksWell } from "./browser";
import { fakePages } from "./fakePages";
import { idOf } from "./fieldScenes";
import { isFocused, outcome, scan, type } from "./labelSteps";

const open = fakePages();
const HANDOVER = `/handovers/${idOf("h3")}`;
const CODE = "input[name=handover-code]";
const FOREIGN = "B2K0009017";

const count = (page: Page, name: string) => page.locator(`[data-count=${name}]`).innerText();
const seenAs = (page: Page, outcomeOf: string) =>
  page.locator(`[data-testid=lines] [data-seen-as=${outcomeOf}]`).first();
const codeOf = async (page: Page, outcomeOf: string) =>
  (await seenAs(page, outcomeOf).getAttribute("data-outcome-of")) ?? "";
const closed = (page: Page) => page.getByRole("dialog").waitFor({ state: "detached" });

/** Chooses from a tube's menu, by keyboard. */
async function say(page: Page, code: string, said: string): Promise<void> {
  await page.locator(`[data-more="${code}"]`).press("Enter");
  await page.locator(`[data-say=${said}]`).click();
  await page.getByRole("dialog").waitFor();
}

describe("handing over", () => {
  it("begins by keyboard with all that is ready, and nothing of it is seen", async () => {
    const page = await open("/handovers", "bags=some");
    await page.getByTestId("new-handover").press("Enter");
    await isFocused(page, "input[name=taker]");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]").first().waitFor();
    await page.keyboard.type("Tiro Pheko");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Otse");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/handovers\/(?!new)./);
    await isFocused(page, CODE);
    expect(await count(page, "unseen")).toBe(await count(page, "expected"));
    expect(await count(page, "matched")).toBe("0");
    await expect.poll(() => page.getByTestId("sign-form").count()).toBe(0);
  });

  it("takes scan after scan, says what each came to and keeps the focus", async () => {
    const page = await open(HANDOVER, "handover=some");
    await isFocused(page, CODE);
    const [unseen, matched] = [Number(await count(page, "unseen")), Number(await count(page, "matched"))];
    const code = await codeOf(page, "unseen");
    await scan(page, code.toLowerCase());
    await outcome(page, "right").waitFor();
    await expect.poll(() => count(page, "unseen")).toBe(String(unseen - 1));
    expect(await count(page, "matched")).toBe(String(matched + 1));
    await scan(page, code);
    await outcome(page, "again").waitFor();
    await scan(page, FOREIGN);
    await outcome(page, "wrong").waitFor();
    await isFocused(page, CODE);
    await page.getByTestId("explain").press("Enter");
    await page.locator("input[name=unexpected-how]").fill("given to me on the road");
    await page.keyboard.press("Enter");
    await closed(page);
    await expect.poll(() => count(page, "unexpected")).toBe("2");
    await isFocused(page, CODE);
  });

  it("asks why a code was typed", async () => {
    const page = await open(HANDOVER, "handover=some");
    await isFocused(page, CODE);
    const before = Number(await count(page, "unseen"));
    await type(page, await codeOf(page, "unseen"));
    await page.getByTestId("handover-typed").waitFor();
    await isFocused(page, "input[name=handover-why]");
    await page.keyboard.type("the reader is flat");
    await page.keyboard.press("Enter");
    await expect.poll(() => count(page, "unseen")).toBe(String(before - 1));
  });

  it("lets a late tube join, and then expects it", async () => {
    const page = await open(HANDOVER, "handover=some");
    const expected = Number(await count(page, "expected"));
    await page.getByTestId("late").click();
    const first = page.locator("input[name=late-tube]").first();
    await first.waitFor();
    const code = (await first.getAttribute("value")) ?? "";
    await page.keyboard.press("Escape");
    await closed(page);
    await isFocused(page, CODE);
    await scan(page, code);
    await page.getByTestId("join").press("Enter");
    await page.getByTestId("late-now").press("Enter");
    await closed(page);
    await expect.poll(() => count(page, "expected")).toBe(String(expected + 1));
  });

  it("says what no scan says, with a reason", async () => {
    const page = await open(HANDOVER, "handover=some");
    const missing = Number(await count(page, "missing"));
    await say(page, await codeOf(page, "unseen"), "missing");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").locator(".v-messages__message").waitFor();
    await page.locator("input[name=say-why]").fill("not in the bag");
    await page.keyboard.press("Enter");
    await closed(page);
    await expect.poll(() => count(page, "missing")).toBe(String(missing + 1));
    await isFocused(page, CODE);
  });

  it("is signed with the passphrase once it comes out even, and the signature can be taken back", async () => {
    const page = await open(HANDOVER, "handover=even");
    await page.getByTestId("sign-form").waitFor();
    await page.locator("input[name=sign-name]").fill("Lesedi Kgosi");
    await page.locator("input[name=sign-passphrase]").fill("a wrong one");
    await page.keyboard.press("Enter");
    await page.getByTestId("sign-card").getByRole("alert").waitFor();
    await page.locator("input[name=sign-passphrase]").fill("the right one");
    await page.keyboard.press("Enter");
    await page.locator("[data-void=giver]").waitFor();
    await expect.poll(() => page.locator(CODE).count()).toBe(0);
    await page.locator("[data-void=giver]").press("Enter");
    await page.locator("input[name=reason-why]").fill("one more tube");
    await page.keyboard.press("Enter");
    await closed(page);
    await page.locator(CODE).waitFor();
  });

  it("is given up with a reason", async () => {
    const page = await open(HANDOVER, "handover=some");
    await page.getByTestId("give-up").click();
    await page.locator("input[name=reason-why]").fill("no driver came");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/handovers$/);
    await expect.poll(() => page.locator("[data-handover]").count()).toBe(2);
  });
});

const LOOKS = [
  { theme: "light", language: "en" },
  { theme: "dark", language: "tn" },
];

describe.each(LOOKS)("in $theme and $language", ({ theme, language }) => {
  const world = `theme=${theme}&language=${language}&handover=some`;
  const named = (name: string) => `handover-${name}-${theme}-${language}`;

  it("what a scan came to looks well", async () => {
    const page = await open(HANDOVER, world);
    await isFocused(page, CODE);
    const code = await codeOf(page, "unseen");
    await scan(page, code);
    await outcome(page, "right").waitFor();
    await looksWell(page, named("right"));
    await scan(page, code);
    await outcome(page, "again").waitFor();
    await looksWell(page, named("again"));
    await scan(page, FOREIGN);
    await page.getByTestId("explain").waitFor();
    await looksWell(page, named("wrong"));
  });

  it("the dialogs look well", async () => {
    const page = await open(HANDOVER, world);
    for (const name of ["late", "details", "no-label", "give-up"]) {
      await page.getByTestId(name).click();
      await page.getByRole("dialog").waitFor();
      await looksWell(page, named(name));
      await page.keyboard.press("Escape");
      await closed(page);
    }
    await page.locator(`[data-more="${await codeOf(page, "unseen")}"]`).click();
    await page.locator("[data-say=rejected]").waitFor();
    await page.locator("[data-say=rejected]").click();
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("rejected"));
  });
});
