/** Photos and pages at a record: added, shown, voided; and what is said of those that cannot be attached. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { looksWell, settled } from "./browser";
import { fakePages } from "./fakePages";

const opened = fakePages();
let page: Page;

/** A picture of one dot, which a browser draws. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const card = () => page.getByTestId("attachments");

/** Opens the consent of the first participant of the sample. */
async function open(world = ""): Promise<void> {
  page = await opened("/participants", world);
  await page.locator("a[href*='/participants/']:not([href$='/new'])").first().click();
  await card().waitFor();
}

async function attach(name: string, buffer: Buffer, mimeType = "image/png"): Promise<void> {
  await page.getByTestId("attach-file").setInputFiles({ name, mimeType, buffer });
}

describe("attachments of a record", () => {
  it("a photo is added, drawn, counted on its own and waits to be sent", async () => {
    await open();
    await card().getByText("Photos of a signed consent").waitFor();
    await attach("consent.png", PNG);
    const item = card().locator("[data-attachment]");
    await item.getByText("consent.png").waitFor();
    await expect.poll(() => item.getAttribute("data-status")).toBe("ready");
    const drawn = item.getByTestId("thumbnail");
    await drawn.waitFor();
    await expect.poll(() => drawn.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(1);
    await page.getByTestId("badge-files").getByText("1 photo").waitFor();
    await settled(page);
  });

  it("a PDF is added by dropping it", async () => {
    await open();
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["%PDF-1.7 page"], "page.pdf", { type: "application/pdf" }));
      return transfer;
    });
    await card().dispatchEvent("drop", { dataTransfer: dropped });
    await card().getByText("page.pdf").waitFor();
  });

  it("what cannot be attached is refused with what to do", async () => {
    await open();
    await attach("page.png", Buffer.from("<html></html>"));
    await card().locator("[data-code=attachment_kind]").getByText("Choose a photo or a PDF").waitFor();
    await attach("large.png", Buffer.concat([PNG, Buffer.alloc(8 * 1024 * 1024)]));
    const large = card().locator("[data-code=attachment_too_large]");
    await large.getByText("8388608").waitFor();
    await large.getByText("lower resolution").waitFor();
    await attach("empty.png", Buffer.alloc(0));
    await card().locator("[data-code=attachment_empty]").waitFor();
    await expect.poll(() => card().locator("[data-attachment]").count()).toBe(0);
  });

  it("a full disk is told of", async () => {
    await open("disk=full");
    await attach("consent.png", PNG);
    await card().locator("[data-code=disk]").waitFor();
  });

  it("one that was attached by mistake is voided with a reason", async () => {
    await open();
    await attach("wrong.png", PNG);
    await card().getByTestId("void-attachment").click();
    await page.getByText("Void this attachment?").waitFor();
    await page.locator("input[name=why]").fill("another person's");
    await page.keyboard.press("Enter");
    await card().getByText("Void", { exact: true }).waitFor();
    await expect.poll(() => page.getByTestId("badge-files").count()).toBe(0);
  });

  it.each(["light", "dark"])("looks well, %s", async (theme) => {
    await open(`theme=${theme}`);
    await attach("consent.png", PNG);
    await card().getByTestId("thumbnail").waitFor();
    await attach(
      "a photo with a name that is as long as a name may be before it is cut.png",
      Buffer.alloc(0),
    );
    await card().locator("[data-code=attachment_empty]").waitFor();
    await looksWell(page, `attachments-${theme}`);
  });

  it("is there in Setswana", async () => {
    await open("language=tn");
    await card().getByText("Tsenya setshwantsho kgotsa PDF").waitFor();
    await attach("consent.png", PNG);
    await page.getByTestId("badge-files").getByText("senepe se le 1").waitFor();
    await looksWell(page, "attachments-tn");
    // What leads out is not pushed out of the window by what is unsent.
    const out = await page.getByTestId("sign-out").boundingBox();
    expect((out?.x ?? 9_999) + (out?.width ?? 0)).toBeLessThanOrEqual(1_280);
  });
});
