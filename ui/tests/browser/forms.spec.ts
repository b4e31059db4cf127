/** A field day by the keyboard: forms with their errors, drafts and saves, over the fake platform. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { looksWell as looks, settled } from "./browser";
import { fakePages } from "./fakePages";
import { idOf } from "./fieldScenes";

const opened = fakePages();
let page: Page;

async function open(route: string, world = ""): Promise<void> {
  page = await opened(route, world);
}

/** Within the page, as a person goes: the fake forgets everything when it is loaded again. */
async function go(route: string): Promise<void> {
  await page.evaluate((hash) => void (location.hash = hash), route);
  await settled(page);
}

const looksWell = (name: string) => looks(page, name);

const focused = () =>
  page.evaluate(
    () =>
      document.activeElement?.closest("[data-field]")?.getAttribute("data-field") ??
      document.activeElement?.getAttribute("data-testid"),
  );
const field = (name: string) => page.locator(`[data-field="${name}"]`);
const keys = async (...pressed: string[]) => {
  for (const key of pressed) await page.keyboard.press(key);
};

/** Types into a list, chooses by Enter, and is at the next field. */
async function choose(text: string, next: string): Promise<void> {
  await page.keyboard.type(text);
  await page.getByRole("option").first().waitFor();
  await keys("Enter");
  await page.locator(`[data-field="${next}"] input:focus`).waitFor();
}

it("enters a household and a member without touching the mouse", async () => {
  await open("/households/new");
  await page.locator('[data-field="community"] input:focus').waitFor();
  await choose("Ots", "section");
  await expect.poll(focused).toBe("section");
  await page.keyboard.type("S4");
  await keys("Enter");
  await page.keyboard.type("0101");
  await keys("Enter", "1", "Enter");
  await expect.poll(focused).toBe("gps_lat");
  await keys("Control+s");
  await page.getByRole("heading", { name: "Otse · S4 · 0101" }).waitFor();
  await page.getByRole("link", { name: "Add member" }).press("Enter");
  await page.locator('[data-field="first_name"] input:focus').waitFor();
  await page.keyboard.type("Oteng");
  await keys("Enter");
  await page.keyboard.type("XN");
  await keys("Enter");
  await field("initials").getByText("must begin with").waitFor();
  await keys("Control+s");
  await field("gender").getByText("is empty").waitFor();
  await expect.poll(focused).toBe("initials");
  await looksWell("member-errors");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("ON");
  await keys("Enter");
  await page.keyboard.type("37");
  await keys("Enter", "m", "Enter", "y", "Enter");
  await choose("head", "survival_status");
  await keys("1", "Enter", "y", "Enter");
  await choose("able", "study_resident");
  await keys("y", "Enter");
  await expect.poll(focused).toBe("save");
  await keys("Enter");
  await page.getByText("Members (1)").waitFor();
  await expect.poll(() => page.locator('[data-step="screen"]').count()).toBe(1);
});

it("keeps a draft on Esc, offers it on Home, and goes on with it", async () => {
  await open("/households/new");
  await page.locator('[data-field="community"] input:focus').waitFor();
  await keys("Enter");
  await field("plot").locator("input").fill("=cmd()|' /C calc'!A0");
  await keys("Escape");
  await page.getByText("Kept as a draft").waitFor();
  expect(page.url()).toContain("#/households");
  await go("/home");
  await page.getByTestId("draft").waitFor();
  await looksWell("home-draft");
  await page.getByTestId("draft").getByRole("link").click();
  await page.getByTestId("draft-restored").waitFor();
  await expect.poll(() => field("plot").locator("input").inputValue()).toBe("=cmd()|' /C calc'!A0");
  await page.getByTestId("discard").click();
  await page.getByTestId("undo-discard").waitFor();
  await expect.poll(() => field("plot").locator("input").inputValue()).toBe("");
  await page.getByTestId("undo-discard").click();
  await page.getByTestId("draft-restored").waitFor();
  await expect.poll(() => field("plot").locator("input").inputValue()).toBe("=cmd()|' /C calc'!A0");
});

it("keeps what is typed within a second, without a word", async () => {
  await open("/households/new");
  await field("plot").locator("input").fill("17");
  await page.getByTestId("draft-status").getByText("Draft kept").waitFor({ timeout: 1_500 });
});

it("leaves an untouched form without a question or a draft", async () => {
  await open(`/participants/${idOf("p2")}/visits/new`);
  await page.locator("[data-field] input").first().waitFor();
  await keys("Escape");
  await page.getByText("Visits, requisitions, specimens").waitFor();
  await go("/home");
  await page.getByText("Made today").waitFor();
  await expect.poll(() => page.getByTestId("draft").count()).toBe(0);
});

it("computes a screening's outcome, and registers with the identity typed twice", async () => {
  await open(`/members/${idOf("m1")}/screen`);
  await field("citizen").locator("input").first().waitFor();
  for (const name of ["citizen", "is_literate", "can_consent", "willing"]) {
    await field(name).locator("input").first().focus();
    await keys("y");
  }
  await page.getByTestId("outcome").getByText("Eligible", { exact: true }).waitFor();
  await looksWell("screening-eligible");
  await keys("Control+s");
  await page.locator('[data-step="register"]').click();
  await field("last_name").locator("input").fill("Motse");
  await field("dob").locator("input").fill("31/02/1989");
  await field("last_name").locator("input").focus();
  await field("dob").getByText("no such day").waitFor();
  await field("dob").locator("input").fill("5.3.1989");
  await field("identity").locator("input").fill("203411975");
  await field("confirm_identity").locator("input").focus();
  await page.evaluate(() => {
    const input = document.querySelector('[data-field="confirm_identity"] input');
    input?.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true }));
  });
  await field("confirm_identity").getByText("Pasting is off").waitFor();
  await field("confirm_identity").locator("input").fill("203411957");
  await field("phone").locator("input").focus();
  await field("confirm_identity").getByText("not the same").waitFor();
  await field("identity").getByText("another participant has this identity").waitFor();
  await expect.poll(() => field("dob").locator("input").inputValue()).toBe("05/03/1989");
  await field("_reason").waitFor();
  await looksWell("register-problems");
  await field("_reason").scrollIntoViewIfNeeded();
  await looksWell("register-warning");
});

it("orders two panels in one save, one not drawn, and shows what it made", async () => {
  await open(`/participants/${idOf("p2")}/requisitions/new`);
  await page.locator("#f-visit:focus").waitFor();
  await keys("Control+s");
  // The focus goes where something is missing, after the message: what was typed before that would go there too.
  await page.locator('[data-field="_panels"] :focus').waitFor();
  await page.getByText("Choose at least one panel").waitFor();
  await field("clinician_initials").locator("input").fill("KM");
  await page.locator('input[name="panel-chemistry"]').check();
  await page.locator('input[name="panel-dbs"]').check();
  const chemistry = page.locator('[data-drawing="chemistry"]');
  const dbs = page.locator('[data-drawing="dbs"]');
  await chemistry.locator('[data-field="is_drawn"] input').first().focus();
  await keys("y");
  const volume = chemistry.locator('[data-field="estimated_volume"] input');
  // A volume is measured, never proposed.
  await expect.poll(() => volume.inputValue()).toBe("");
  await volume.fill("9");
  await dbs.locator('[data-field="is_drawn"] input').first().focus();
  await keys("n");
  await keys("Control+s");
  await dbs.getByText("is empty").waitFor();
  await chemistry.getByText("from 3 to 5 mL").waitFor();
  await looksWell("requisition-errors");
  await volume.fill("5");
  // By the keyboard: the message about the volume goes once it is right, and moves the page from under a pointer.
  const reason = page.locator("#p-dbs-reason_not_drawn");
  await reason.focus();
  await page.keyboard.type("supp");
  await page.getByRole("option", { name: "No supplies" }).waitFor();
  await keys("Enter");
  await expect.poll(() => reason.inputValue()).toBe("No supplies");
  await keys("Control+s");
  await page.getByTestId("made").waitFor();
  await expect.poll(() => page.getByTestId("identifier").count()).toBe(4);
  await looksWell("requisition-made");
  await page.getByRole("link", { name: "Back to the participant" }).click();
  await page.getByText("No supplies").waitFor();
});

it("corrects only with a reason", async () => {
  await open(`/records/participant/${idOf("p2")}/edit`);
  await field("phone").locator("input").fill("71234567");
  await expect.poll(() => field("confirm_identity").count()).toBe(0);
  await keys("Control+s");
  await page.getByText("Write a reason").waitFor();
  await expect.poll(focused).toBe("_reason");
  await page.keyboard.type("Typed wrongly.");
  await keys("Control+s");
  await page.locator('[data-fact="phone"]').getByText("71234567").waitFor();
});

it("opens the participant whose code was scanned", async () => {
  await open("/participants");
  await page.locator('input[name="search"]').fill("06640a7k0002h");
  await keys("Enter");
  await page.waitForTimeout(300);
  await page.locator('input[name="search"]').fill("066-40-A7K-0002-H");
  await keys("Enter");
  await page.getByText("Visits, requisitions, specimens").waitFor();
  await expect.poll(() => page.getByTestId("identifier").first().innerText()).toBe("066-40-A7K-0002-H");
});

it("chooses a date from a calendar", async () => {
  await open(`/members/${idOf("m1")}/register`);
  await field("dob").getByRole("button").click();
  await page.locator(".v-date-picker").waitFor();
  await looksWell("calendar");
  await page.locator(".v-date-picker-month__day button").nth(10).click();
  await expect.poll(() => field("dob").locator("input").inputValue()).toMatch(/^\d\d\/\d\d\/\d{4}$/);
});

it("asks before it loses what could not be kept as a draft", async () => {
  await open("/households/new", "disk=full");
  await field("section").locator("input").fill("S8");
  await keys("Escape");
  const question = page.getByRole("alertdialog", { name: "Leave and lose what you typed?" });
  await question.waitFor();
  await looksWell("losing");
  // The harmless answer has the focus.
  await keys("Enter");
  await question.waitFor({ state: "detached" });
  await expect.poll(() => field("section").locator("input").inputValue()).toBe("S8");
  await keys("Escape");
  await question.getByRole("button", { name: "Leave and lose it" }).click();
  await page.getByRole("heading", { name: "Households" }).waitFor();
});
