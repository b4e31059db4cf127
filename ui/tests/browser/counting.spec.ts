/** Tubes counted on the driver's laptop, and taken over on the assistant's; the real laptops are in `tests/tests/counting.rs`. */
import { expect, it } from "vitest";
import { looksWell } from "./browser";
import { fakePages } from "./fakePages";
import { idOf } from "./fieldScenes";
import { isFocused, outcome, scan } from "./labelSteps";

const open = fakePages();
const CODE = "input[name=handover-code]";

it("counts on the driver's laptop, scan after scan, against the list", async () => {
  const page = await open("/reconcile", "carrier&collect=some");
  await page.getByTestId("begin-count").first().press("Enter");
  await isFocused(page, CODE);
  await page.getByTestId("count-list").getByText("List 3").waitFor();
  const count = (name: string) => page.locator(`[data-count=${name}]`).innerText();
  expect([await count("expected"), await count("unseen")]).toEqual(["3", "3"]);
  await scan(page, "a01000101w");
  await outcome(page, "right");
  await scan(page, "A01000101W");
  await outcome(page, "again");
  await scan(page, "B2K0009017");
  await outcome(page, "wrong");
  await page.getByTestId("explain").waitFor();
  expect([await count("matched"), await count("unseen")]).toEqual(["1", "2"]);
  // What is the assistant's to say is not asked here.
  expect(await page.getByTestId("sign-card").count()).toBe(0);
  expect(await page.getByTestId("details").count()).toBe(0);
  await looksWell(page, "counting");
});

it("says that a newer list exists, and goes on with it without losing a scan", async () => {
  const page = await open("/reconcile", "carrier&collect=some&newer");
  await page.getByTestId("begin-count").first().click();
  await isFocused(page, CODE);
  await scan(page, "A01000101W");
  await outcome(page, "right");
  const newer = page.getByTestId("newer-list");
  await newer.getByText("A newer list exists: list 4").waitFor();
  await newer.getByText("A010004014").waitFor();
  await looksWell(page, "counting-newer");
  await page.getByTestId("go-on").press("Enter");
  await newer.waitFor({ state: "detached" });
  await page.locator('[data-outcome-of="A010004014"][data-seen-as=unseen]').waitFor();
  await page.locator('[data-outcome-of="A01000101W"][data-seen-as=matched]').waitFor();
});

it("shows the assistant what was counted, where it differs, and takes it over", async () => {
  const page = await open("/handovers", "handover=some&counted");
  await page.getByTestId("counted-note").getByText("9 of 10 matched").waitFor();
  await looksWell(page, "counted-note");
  await page.goto(page.url().replace(/#.*/, `#/handovers/${idOf("h3")}`));
  const card = page.getByTestId("counted");
  await card.getByText("Counted on driver-1").waitFor();
  await card.getByTestId("differs").getByText("here Missing, counted as Matched").waitFor();
  await looksWell(page, "counted");
  await card.getByTestId("take-count").press("Enter");
  await card.getByText("Taken over").waitFor();
  await expect.poll(() => page.locator("[data-count=unseen]").first().innerText()).toBe("0");
});

it("tells who signs what was counted otherwise on this laptop", async () => {
  const page = await open("/reconcile", "carrier&collect=some&otherwise");
  const told = page.getByTestId("offer-differs");
  await told.getByText("A01000101W: counted as Missing, said to be Matched").waitFor();
  await told.getByText("A01000401P: counted as Matched, and not in this hand-over").waitFor();
  await looksWell(page, "counted-otherwise");
});
