/** Tubes that were received, that are missing, that are counted; and what the assistant sees of it. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { looksWell, overflow } from "./browser";
import { fakePages } from "./fakePages";
import { isFocused, outcome, scan, type } from "./labelSteps";
import { LAB } from "./laboratoryScenes";
import { choose, closed, rows, UNKNOWN } from "./laboratorySteps";

const open = fakePages();

const ACCEPT = "input[name=accept-code]";

describe("deciding", () => {
  it("accepts by scan after scan, and says what was not received", async () => {
    const page = await open("/received", LAB);
    await isFocused(page, ACCEPT);
    const code = (await rows(page, "undecided").first().locator(".mono").first().innerText()).trim();
    await scan(page, code.toLowerCase());
    await outcome(page, "right").waitFor();
    await page.getByText("10 tubes wait for a decision").waitFor();
    await scan(page, UNKNOWN);
    await outcome(page, "wrong").waitFor();
    await isFocused(page, ACCEPT);
    await type(page, (await rows(page, "undecided").first().locator(".mono").first().innerText()).trim());
    await isFocused(page, "input[name=accept-why]");
    await page.keyboard.type("the reader is flat");
    await page.keyboard.press("Enter");
    await page.getByText("9 tubes wait for a decision").waitFor();
  });

  it("leaves the clock of a tube empty of which nothing is known", async () => {
    const page = await open("/received", LAB);
    const row = rows(page, "undecided").filter({ hasText: "Brought without data" });
    await row.waitFor();
    expect((await row.locator("td").nth(1).innerText()).trim()).toBe("");
  });

  it("accepts some that were chosen by the keyboard", async () => {
    const page = await open("/received", LAB);
    const first = page.locator("input[name=pick-tube]").first();
    await first.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.getByTestId("chosen").getByText("2 chosen").waitFor();
    await page.getByTestId("accept-chosen").press("Enter");
    await page.getByText("9 tubes wait for a decision").waitFor();
    await expect.poll(() => page.getByTestId("chosen").count()).toBe(0);
  });

  it("rejects several with what is wrong and why, and asks to draw again", async () => {
    const page = await open("/received", LAB);
    for (const n of [0, 1]) await page.locator("input[name=pick-tube]").nth(n).press("Space");
    await page.getByTestId("reject-chosen").press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByTestId("decide-now").press("Enter");
    await page.getByText("Choose what is wrong with the tube.").waitFor();
    await choose(page, "Clotted");
    await page.locator("input[name=decide-why]").fill("a clot in each");
    await page.locator("input[name=recollect]").press("Space");
    await page.getByTestId("decide-now").press("Enter");
    await closed(page);
    await outcome(page, "right").getByText("2 tubes are rejected").waitFor();
    await page.getByTestId("decided").getByText("Rejected: clotted, please draw again").first().waitFor();
    await isFocused(page, ACCEPT);
  });

  it("changes a decision, with a reason", async () => {
    const page = await open("/received", LAB);
    const change = page.locator("[data-change]").first();
    const code = (await change.getAttribute("data-change")) ?? "";
    await change.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("Accept it", { exact: true }).last().check();
    await page.getByTestId("decide-now").press("Enter");
    await page.getByText("Write a reason: it is kept with the change.").waitFor();
    await page.locator("input[name=decide-why]").fill("another tube was meant");
    await page.keyboard.press("Enter");
    await closed(page);
    await outcome(page, "right").getByText(`The decision on ${code} is changed`).waitFor();
    const row = page.getByTestId("decided").getByRole("row").filter({ hasText: code });
    await row.locator("[data-standing=accepted]").waitFor();
  });
});

describe("looking for what is missing", () => {
  it("is taken on with one key, and written down", async () => {
    const page = await open("/missing", LAB);
    const mine = page.locator("[data-mine]").first();
    const code = (await mine.getAttribute("data-mine")) ?? "";
    await mine.press("Enter");
    await page.locator(`[data-owner-of="${code}"]`).getByText("Boitumelo Seretse").waitFor();
    await page.locator(`[data-chase="${code}"]`).press("Enter");
    await isFocused(page, "input[name=chase-note]");
    await page.keyboard.type("asked Thabo");
    await choose(page, "Kabo Molefe");
    await page.getByTestId("chase-now").press("Enter");
    await closed(page);
    await page.locator(`[data-owner-of="${code}"]`).getByText("Kabo Molefe").waitFor();
    await page.getByTestId("missing-open").getByText("asked Thabo").waitFor();
  });

  it("is given up with a conclusion, and only then asks why", async () => {
    const page = await open("/missing", LAB);
    await expect.poll(() => rows(page, "missing-given_up").count()).toBe(1);
    await page.locator("[data-testid=missing-open] [data-chase]").last().press("Enter");
    await isFocused(page, "input[name=chase-note]");
    await page.locator("[data-conclusion=destroyed] input").check();
    await page.getByTestId("chase-now").press("Enter");
    await page.getByText("Write why it is given up.").waitFor();
    await page.locator("input[name=chase-note]").fill("the box fell");
    await page.keyboard.press("Enter");
    await closed(page);
    await expect.poll(() => rows(page, "missing-given_up").count()).toBe(2);
    await page.getByTestId("missing-given_up").getByText("destroyed: the box fell").waitFor();
  });

  it("shows how long, the longest first, and only a class of them", async () => {
    const page = await open("/missing", LAB);
    const ages = page.locator("[data-testid=missing-open] [data-ageing]");
    await ages.first().waitFor();
    const shown = await ages.evaluateAll((all) => all.map((one) => one.getAttribute("data-ageing")));
    expect(shown).toEqual(["long", "days", "days", "fresh"]);
    await page.locator("[data-age-class=days]").press("Enter");
    await expect.poll(() => ages.count()).toBe(2);
  });
});

describe("the report", () => {
  it("counts by what is chosen, on the days that are chosen, with sums", async () => {
    const page = await open("/report", LAB);
    await page.getByTestId("report").waitFor();
    await page.getByTestId("chart").waitFor();
    await expect.poll(() => page.locator("[data-row]").count()).toBe(7);
    await page.locator("[data-days='30']").press("Enter");
    await expect.poll(() => page.locator("[data-row]").count()).toBe(30);
    const column = await page.locator("[data-row] td:nth-child(2)").allInnerTexts();
    const sum = column.reduce((all, text) => all + Number(text), 0);
    expect(await page.locator("[data-total=requisitioned]").innerText()).toBe(String(sum));
    await page.locator("[data-by=panel]").press("Enter");
    await page.locator("[data-row=viral_load]").getByText("Viral load").waitFor();
    await page.locator("[data-by=driver]").press("Enter");
    await page.getByText("(none)").waitFor();
    expect(await overflow(page)).toBe(0);
  });

  it("takes typed days, and says which are none", async () => {
    const page = await open("/report", LAB);
    await page.locator("input[name=from]").fill("01/03/2026");
    await page.locator("input[name=to]").fill("28/02/2026");
    await page.keyboard.press("Enter");
    await page.getByText("Choose a first day that is not after the last one.").waitFor();
    await page.locator("input[name=to]").fill("3/3/2026");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("[data-row]").count()).toBe(3);
    await page.locator("input[name=to]").fill("3/9/2026");
    await page.keyboard.press("Enter");
    await page.locator("[data-code=too_long_a_time]").waitFor();
    await page.locator("input[name=to]").fill("soon");
    await page.keyboard.press("Enter");
    await page.getByText("Choose a first day that is not after the last one.").waitFor();
  });

  it("is saved as a file", async () => {
    const page = await open("/report", LAB);
    await page.getByTestId("report").waitFor();
    await page.locator("[data-by=community]").press("Enter");
    await page.locator("[data-row=Otse]").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByTestId("csv").press("Enter"),
    ]);
    expect(download.suggestedFilename()).toMatch(/^tubes-by-community-[-\d]+\.csv$/);
    const text = await readFile(await download.path(), "utf8");
    expect(text.split("\r\n")[0]).toMatch(/^community,requisitioned,/);
    expect(text).toContain("\"'=cmd()");
  });
});

describe("on the laptop", () => {
  it("the assistant sees what the laboratory says, with a badge until it is noted", async () => {
    const page = await open("/specimens", "lab=news");
    const badge = page.locator("[data-count-of='/specimens']");
    await expect.poll(() => badge.innerText()).toBe("3");
    const news = page.getByTestId("tube-news");
    await news.getByText("Rejected: haemolysed, please draw again").waitFor();
    await news.getByText("Rejected: too little").waitFor();
    await news.getByText("Missing").waitFor();
    await page.locator("[data-testid=tube-news] [data-testid=draw-again]").waitFor();
    // Its clock stands, and the missing tube's goes on.
    await page.getByRole("table").locator("[data-urgency=stopped]").first().waitFor();
    await page.getByTestId("news-seen").press("Enter");
    await news.waitFor({ state: "detached" });
    await expect.poll(() => badge.count()).toBe(0);
    // Noted is not forgotten.
    await page.getByRole("table").getByText("Rejected: haemolysed, please draw again").first().waitFor();
  });

  it("draws again from there", async () => {
    const page = await open("/specimens", "lab=news");
    await page.getByTestId("draw-again").press("Enter");
    await page.waitForURL(/#\/participants\/.+\/requisitions\/new$/);
    await page.locator("#f-visit").waitFor();
  });

  it("says it on the page of the tube too", async () => {
    const page = await open("/specimens", "lab=news");
    await page.locator("[data-testid=tube-news] li:has([data-testid=draw-again]) a").first().click();
    await page.waitForURL(/#\/specimens\/.+/);
    await page.locator("main .chips [data-standing=recollection_requested]").waitFor();
    await looksWell(page, "specimen-recollect");
    await page.getByTestId("draw-again").waitFor();
  });
});
