/** Two laptops that meet, each on its own screen, over the fake platform; the real ones are in `tests/tests/carrier.rs`. */
import encodeQR from "qr";
import { expect, it } from "vitest";
import { looksWell } from "./browser";
import { fakePages } from "./fakePages";

const open = fakePages();

it("hands over to a driver that was found, once the digits are the same", async () => {
  const page = await open("/sync", "nearby=some");
  await page.getByTestId("to-driver").click();
  await page.getByText("No driver's laptop was found").waitFor();
  await page.getByTestId("look").press("Enter");
  await page.getByTestId("carrier").first().waitFor();
  await looksWell(page, "driver-found");
  await page.getByTestId("carrier").first().press("Enter");
  await page.getByTestId("digits").getByText("484 003").waitFor();
  await looksWell(page, "driver-compare");
  await page.getByTestId("same").press("Enter");
  await page.locator('[data-phase="done"]').waitFor();
  await page.getByText("The list of 10 tubes went along.").waitFor();
  await page.getByText("They are received once a receipt of the server says so").waitFor();
  await looksWell(page, "driver-done");
});

it("gives up where the digits differ, and says what is no address", async () => {
  const page = await open("/driver", "waits");
  await page.locator("input[name=address]").fill("somewhere");
  await page.locator("input[name=address]").press("Enter");
  await page.getByTestId("meet-failure").getByText("it looks like 192.168.43.7:8444").waitFor();
  await page.locator("input[name=address]").fill("192.168.43.7:8444");
  await page.getByTestId("meet").click();
  await page.getByTestId("digits").waitFor();
  await expect.poll(() => page.getByTestId("meet-failure").count()).toBe(0);
  await page.getByTestId("same").click();
  await page.locator('[data-phase="waiting"]').waitFor();
  await looksWell(page, "driver-waiting");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByTestId("look").waitFor();
});

it("collects: where it is found, who is here, what is carried", async () => {
  const page = await open("/home", "carrier");
  // A driver's day begins where he collects.
  await page.getByText("Collecting is off").waitFor();
  await page.getByTestId("collect").press("Enter");
  await page.getByTestId("where").getByText("192.168.43.7:8444").waitFor();
  await page.getByText("Nobody hands over yet").waitFor();
  await page.getByTestId("collect").press("Enter");
  await page.getByText("Collecting is off").waitFor();
});

it("answers an assistant and shows what a driver may know of the tubes", async () => {
  const page = await open("/collect", "carrier&collect=some");
  const waiting = page.locator('[data-meeting="compare"]');
  await waiting.getByText("484 003").waitFor();
  await waiting.getByTestId("same").press("Enter");
  await page.locator('[data-meeting="agreed"]').waitFor();
  await page.getByTestId("show-tubes").first().press("Enter");
  await page.locator('[data-urgency="alarm"]').waitFor();
  await looksWell(page, "collect-tubes");
});

it("tries again what a server did not take", async () => {
  const page = await open("/deliver", "carrier&collect=full");
  await page.getByTestId("to-deliver").getByText("3 bundles are to be delivered").waitFor();
  await page.getByText("The laptop that wrote it was revoked").waitFor();
  await page.getByTestId("carry-again").press("Enter");
  await page.getByText("The laptop that wrote it was revoked").waitFor({ state: "detached" });
});

it("signs for tubes on the driver's laptop", async () => {
  const page = await open("/reconcile", "carrier&collect=some");
  await page.getByTestId("sign-form").waitFor();
  await page.locator("input[name=sign-name]").fill("Tiro Pheko");
  await page.locator("input[name=sign-passphrase]").fill("wrong");
  await page.locator("input[name=sign-passphrase]").press("Enter");
  await page.getByRole("alert").getByText("passphrase").first().waitFor();
  await page.locator("input[name=sign-passphrase]").fill("a road to the lab");
  await page.locator("input[name=sign-passphrase]").press("Enter");
  await page.getByTestId("offer-signed").waitFor();
  await page.getByText("Tiro Pheko,").waitFor();
  await looksWell(page, "reconcile-signed");
});

it("waits for the driver's signature, and goes on without it", async () => {
  const page = await open("/driver", "nearby=some&to_sign");
  await page.getByTestId("look").click();
  await page.getByTestId("carrier").first().click();
  await page.getByTestId("same").click();
  await page.locator('[data-phase="signing"]').waitFor();
  await page.getByText("1 of 2 signed").waitFor();
  await looksWell(page, "driver-signing");
  await page.getByRole("button", { name: "Go on without" }).click();
  await page.getByTestId("look").waitFor();
});

it("reads the driver's address from a picture of his screen", async () => {
  const driver = await open("/collect", "carrier");
  await driver.getByTestId("collect").click();
  await driver.getByTestId("where").waitFor();
  const photo = await driver.screenshot({ type: "jpeg", quality: 60 });
  const page = await open("/driver", "nearby=some");
  const field = page.getByTestId("picture-file");
  const choose = (buffer: Buffer) =>
    field.setInputFiles({ name: "'=cmd() 📷.jpg", mimeType: "image/jpeg", buffer });
  const says = (text: string) => page.getByTestId("picture-failure").getByText(text).waitFor();
  await choose(await page.screenshot({ type: "jpeg" }));
  await says("No code was found in the picture");
  await looksWell(page, "driver-picture");
  await choose(Buffer.from("no picture"));
  await says("The file cannot be read as a picture");
  await choose(Buffer.alloc(20 * 1024 * 1024 + 1));
  await says("The picture is too large");
  const other = encodeQR("https://example.org/", "gif", { scale: 6 });
  await choose(Buffer.from(other));
  await says("This is another code");
  await choose(photo);
  await page.getByTestId("digits").getByText("484 003").waitFor();
});

it("takes a picture that is pasted or dropped", async () => {
  const driver = await open("/collect", "carrier");
  await driver.getByTestId("collect").click();
  const photo = await driver.getByTestId("where").screenshot({ type: "png" });
  for (const how of ["paste", "drop"]) {
    const page = await open("/driver", "nearby=some");
    await page.getByTestId("picture").waitFor();
    await page.evaluate(
      ([kind, base64]) => {
        const carried = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64 ?? ""), (letter) => letter.charCodeAt(0));
        carried.items.add(new File([bytes], "photo.png", { type: "image/png" }));
        const event =
          kind === "paste"
            ? new ClipboardEvent("paste", { clipboardData: carried, bubbles: true })
            : new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
      },
      [how, photo.toString("base64")],
    );
    await page.getByTestId("digits").getByText("484 003").waitFor();
  }
});
