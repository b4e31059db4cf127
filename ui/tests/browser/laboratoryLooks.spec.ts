/** Every look of the laboratory's pages that takes some steps to reach. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { looksWell, settled } from "./browser";
import { fakePages } from "./fakePages";
import { scan } from "./labelSteps";
import { LAB } from "./laboratoryScenes";
import { closed, CODE, codeOf, DELIVERY, FOUND, rows, UNDISPATCHED, unfold } from "./laboratorySteps";

const open = fakePages();

describe.each(["light", "dark"])("in %s", (theme) => {
  const named = (name: string) => `lab-${name}-${theme}`;
  /** A server's pages follow the computer. */
  async function opened(route: string, world = LAB): Promise<Page> {
    const page = await open(route, world);
    await page.emulateMedia({ colorScheme: theme === "dark" ? "dark" : "light", reducedMotion: "reduce" });
    await page.locator(`.v-theme--${theme}`).first().waitFor();
    if (theme === "dark") await page.locator("button[lang=tn]").click();
    await settled(page);
    return page;
  }

  it("what is on the road looks well unfolded", async () => {
    const page = await opened("/arriving");
    await page.getByTestId("show-tubes").first().press("Enter");
    await page.getByTestId("tube-list").waitFor();
    await looksWell(page, named("tubes"));
  });

  it("hundreds of tubes are drawn as they come into view", async () => {
    const page = await opened("/arriving", `${LAB}&lab=many`);
    await page.getByTestId("show-tubes").first().press("Enter");
    await page.getByTestId("tube-list").waitFor();
    expect(await rows(page, "tube-list").count()).toBeLessThan(100);
    await looksWell(page, named("many"));
  });

  it("what a scan came to looks well", async () => {
    const page = await opened(DELIVERY);
    await page.locator(CODE).focus();
    await scan(page, UNDISPATCHED);
    await page.getByTestId("explain").waitFor();
    await looksWell(page, named("no-dispatch"));
    await page.getByTestId("explain").press("Enter");
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("explain"));
    await page.keyboard.press("Escape");
    await closed(page);
    await page.locator(CODE).focus();
    await scan(page, FOUND);
    await page.getByTestId("join").waitFor();
    await looksWell(page, named("found"));
  });

  it("the kinds of what can be wrong look well", async () => {
    const page = await opened(DELIVERY);
    await page.locator(`[data-more="${await codeOf(page, "unseen")}"]`).press("Enter");
    await page.locator("[data-say=rejected]").click();
    await page.getByRole("dialog").waitFor();
    await unfold(page);
    await looksWell(page, named("kinds"));
    await page.keyboard.press("Escape");
    await page.getByRole("listbox").waitFor({ state: "detached" });
    await looksWell(page, named("reject"));
  });

  it("the other dialogs look well", async () => {
    const page = await opened("/received");
    for (const n of [0, 1]) await page.locator("input[name=pick-tube]").nth(n).press("Space");
    await page.getByTestId("chosen").waitFor();
    await looksWell(page, named("chosen"));
    await page.getByTestId("reject-chosen").press("Enter");
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("reject-some"));
    await page.keyboard.press("Escape");
    await closed(page);
    await page.locator("[data-change]").first().press("Enter");
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("change"));
  });

  it("looking for a tube looks well", async () => {
    const page = await opened("/missing");
    await page.locator("[data-chase]").first().press("Enter");
    await page.getByRole("dialog").waitFor();
    await looksWell(page, named("chase"));
  });

  it.each(["day", "assistant", "driver", "panel"])("the report by %s looks well", async (by) => {
    const page = await opened("/report");
    await page.locator(`[data-by=${by}]`).press("Enter");
    await page.getByTestId("chart").waitFor();
    await page.getByTestId("chart").scrollIntoViewIfNeeded();
    await looksWell(page, named(`report-${by}`));
  });
});

it("the pictures of the user guide look well", async () => {
  const world = `${LAB}&lab=plain`;
  const arriving = await open("/arriving", world);
  await arriving.getByTestId("show-tubes").first().press("Enter");
  await arriving.getByTestId("tube-list").waitFor();
  await arriving.locator("h1").focus();
  await arriving.locator("[data-delivery]").first().scrollIntoViewIfNeeded();
  await looksWell(arriving, "guide-arriving");
  const receive = await open(DELIVERY, world);
  await receive.locator(CODE).focus();
  await scan(receive, UNDISPATCHED);
  await receive.getByTestId("explain").waitFor();
  await looksWell(receive, "guide-receive");
  const received = await open("/received", world);
  for (const n of [0, 1]) await received.locator("input[name=pick-tube]").nth(n).press("Space");
  await received.getByTestId("chosen").waitFor();
  await looksWell(received, "guide-received");
  await looksWell(await open("/missing", world), "guide-missing");
  const report = await open("/report", world);
  await report.getByTestId("chart").waitFor();
  await report.getByTestId("chart").scrollIntoViewIfNeeded();
  await looksWell(report, "guide-report");
  const news = await open("/specimens", "lab=news");
  await news.getByTestId("tube-news").waitFor();
  await looksWell(news, "guide-news");
});
