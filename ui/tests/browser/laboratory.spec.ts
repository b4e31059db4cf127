/** Who sees which pages of the laboratory, and tubes that arrive, by scanner and keyboard. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { fakePages } from "./fakePages";
import { isFocused, outcome, scan } from "./labelSteps";
import { LAB } from "./laboratoryScenes";
import { choose, closed, CODE, codeOf, DELIVERY, FOUND, UNDISPATCHED, UNKNOWN } from "./laboratorySteps";

const open = fakePages();

const count = (page: Page, name: string) => page.locator(`[data-count=${name}]`).innerText();
const sources = (page: Page, name: string) => page.locator(`[data-source-count=${name}]`).innerText();

describe("who sees what", () => {
  it("leads each to the first of the own pages, and shows no others", async () => {
    for (const [areas, path, places] of [
      ["laboratory", "/arriving", 4],
      ["driver", "/arriving", 1],
      ["desk", "/devices", 7],
    ] as const) {
      const page = await open("/", `host=server&areas=${areas}`);
      await page.waitForURL(new RegExp(`#${path}$`));
      await expect.poll(() => page.locator("nav .place").count()).toBe(places);
    }
  });

  it("does not let a driver into the laboratory's pages", async () => {
    for (const route of ["/received", "/missing", "/report", "/deliveries/new", "/devices"]) {
      const page = await open(route, "host=server&areas=driver");
      await page.waitForURL(/#\/arriving$/);
    }
    const page = await open("/arriving", "host=server&areas=driver");
    await page.locator("[data-delivery]").waitFor();
    await page.getByTestId("show-tubes").press("Enter");
    await page.getByTestId("tube-list").waitFor();
    // Nothing to press, and nobody's name.
    expect(await page.getByTestId("receive").count()).toBe(0);
    expect(await page.getByTestId("walked-in").count()).toBe(0);
    expect(await page.getByText("066-40").count()).toBe(0);
  });

  it("begins anew after a sign-out", async () => {
    const page = await open("/report", LAB);
    await page.getByTestId("sign-out").press("Enter");
    await page.locator("input[name=user]").fill("Boitumelo Seretse");
    await page.locator("input[name=passphrase]").fill("a road to the lab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/arriving$/);
    await page.locator("[data-delivery]").first().waitFor();
  });
});

describe("receiving", () => {
  it("begins with what a driver brings, by keyboard, and nothing of it is seen", async () => {
    const page = await open("/arriving", LAB);
    await page.getByTestId("receive").first().press("Enter");
    await isFocused(page, "input[name=giver]");
    await expect.poll(() => page.locator("input[name=giver]").inputValue()).toBe("Tiro Pheko");
    await expect.poll(() => page.locator("input[name=place]").inputValue()).toBe("Mochudi clinic");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/deliveries\/(?!new)./);
    await isFocused(page, CODE);
    await expect.poll(() => count(page, "unseen")).toBe("12");
    expect(await count(page, "matched")).toBe("0");
    expect(await sources(page, "dispatched")).toBe("12");
  });

  it("takes somebody who walks in, with nothing expected", async () => {
    const page = await open("/arriving", `${LAB}&lab=none`);
    await page.getByTestId("walked-in").press("Enter");
    await isFocused(page, "input[name=giver]");
    await page.keyboard.press("Enter");
    await page.getByText("Write who brings the tubes.").waitFor();
    await page.keyboard.type("Neo Sebego");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/deliveries\/(?!new)./);
    await isFocused(page, CODE);
    await scan(page, UNKNOWN);
    await page.getByTestId("explain").press("Enter");
    await isFocused(page, "input[name=unexpected-how]");
    await page.keyboard.press("Enter");
    await closed(page);
    await expect.poll(() => count(page, "unexpected")).toBe("1");
    await expect.poll(() => sources(page, "unknown")).toBe("1");
  });

  it("tells apart what came with no dispatch, without data, and by another hand-over", async () => {
    const page = await open(DELIVERY, LAB);
    await isFocused(page, CODE);
    const [undispatched, unknown] = [
      Number(await sources(page, "undispatched")),
      Number(await sources(page, "unknown")),
    ];
    await scan(page, UNDISPATCHED);
    await outcome(page, "wrong").getByText("came with no dispatch").waitFor();
    await isFocused(page, CODE);
    await page.getByTestId("explain").press("Enter");
    // It is suggested; whoever knows better writes something else.
    await expect
      .poll(() => page.locator("input[name=unexpected-how]").inputValue())
      .toBe("Brought without a dispatch");
    await isFocused(page, "input[name=unexpected-how]");
    await page.keyboard.press("Enter");
    await closed(page);
    await expect.poll(() => sources(page, "undispatched")).toBe(String(undispatched + 1));
    await isFocused(page, CODE);
    await scan(page, UNKNOWN);
    await outcome(page, "wrong").getByText("Nothing is known of this tube").waitFor();
    await page.getByTestId("explain").press("Enter");
    await page.locator("input[name=unexpected-how]").fill("she brought it herself");
    await page.keyboard.press("Enter");
    await closed(page);
    await expect.poll(() => sources(page, "unknown")).toBe(String(unknown + 1));
  });

  it("lets a tube join that was found, and counts it at once", async () => {
    const page = await open(DELIVERY, LAB);
    await isFocused(page, CODE);
    const [expected, matched] = [Number(await count(page, "expected")), Number(await count(page, "matched"))];
    await scan(page, FOUND);
    await outcome(page, "wrong").waitFor();
    await page.getByTestId("join").press("Enter");
    await outcome(page, "right").waitFor();
    await expect.poll(() => count(page, "expected")).toBe(String(expected + 1));
    await expect.poll(() => count(page, "matched")).toBe(String(matched + 1));
    await isFocused(page, CODE);
  });

  it("adds tubes that are on the road by ticking them", async () => {
    const page = await open(DELIVERY, LAB);
    const expected = Number(await count(page, "expected"));
    await page.getByTestId("late").press("Enter");
    await page.locator("input[name=late-tube]").first().press("Space");
    await page.getByTestId("late-now").press("Enter");
    await closed(page);
    await expect.poll(() => count(page, "expected")).toBe(String(expected + 1));
  });

  it("rejects with what is wrong, why, and the wish for another one", async () => {
    const page = await open(DELIVERY, LAB);
    const code = await codeOf(page, "unseen");
    await page.locator(`[data-more="${code}"]`).press("Enter");
    await page.locator("[data-say=rejected]").click();
    await page.getByRole("dialog").waitFor();
    await page.locator("input[name=say-why]").fill("red all over");
    await page.keyboard.press("Enter");
    await page.getByText("Choose what is wrong with the tube.").waitFor();
    await choose(page, "Haemolysed");
    await page.locator("input[name=recollect]").press("Space");
    await page.getByTestId("say-now").press("Enter");
    await closed(page);
    const cell = page.locator(`[data-outcome-of="${code}"][data-seen-as=rejected]`).locator("..");
    await cell.getByText("Haemolysed · red all over · please draw again").waitFor();
    await isFocused(page, CODE);
  });

  it("is signed by both on this screen, each with the own passphrase", async () => {
    const page = await open(DELIVERY, `${LAB}&lab=even`);
    const own = page.getByTestId("sign-form");
    const other = page.getByTestId("other-form");
    await expect.poll(() => own.locator("input[name=sign-name]").inputValue()).toBe("Boitumelo Seretse");
    await expect.poll(() => other.locator("input[name=other-account]").inputValue()).toBe("Tiro Pheko");
    await own.locator("input[name=sign-passphrase]").fill("the right one");
    await page.keyboard.press("Enter");
    await page.locator("[data-void=taker]").waitFor();
    await own.waitFor({ state: "detached" });
    await other.locator("input[name=other-account]").fill("Nobody");
    await other.locator("input[name=other-passphrase]").fill("the right one");
    await page.keyboard.press("Enter");
    await other.locator("[data-code=unknown_giver]").waitFor();
    await other.locator("input[name=other-account]").fill("Tiro Pheko");
    await other.locator("input[name=other-passphrase]").fill("a wrong one");
    await page.keyboard.press("Enter");
    await other.locator("[data-code=wrong_passphrase]").waitFor();
    await other.locator("input[name=other-passphrase]").fill("the right one");
    await page.keyboard.press("Enter");
    await page.getByText("decide on the tubes under Received").waitFor();
    await expect.poll(() => page.locator(CODE).count()).toBe(0);
    // The passphrases stay nowhere.
    expect(await page.locator("input[type=password]").count()).toBe(0);
  });

  it("is given up, and leads back to what is on the road", async () => {
    const page = await open(DELIVERY, LAB);
    await page.getByTestId("give-up").press("Enter");
    await page.locator("input[name=reason-why]").fill("begun twice");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/arriving$/);
    await expect.poll(() => page.locator("[data-handover]").count()).toBe(1);
  });
});
