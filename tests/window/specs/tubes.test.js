// From the printer to the bag in the real window: a label is printed, scanned back on its tube, and the tube is packed.
import assert from "node:assert/strict";
import { clinic, laptop, sample, tubes } from "../harness/clinic.js";
import { Person } from "../harness/person.js";
import { printer } from "../harness/printer.js";
import { scenario } from "../harness/scenario.js";
import { tsela } from "../harness/tsela.js";
import { openWindow } from "../harness/window.js";

scenario(
  "a label is printed and scanned back, and its tube is packed into a bag",
  async (scene) => {
    const server = await clinic(scene);
    const dir = await laptop(scene, server, "Lesedi");
    await tsela(["enter", "--dir", dir, "--moved-to-today", "-"], { input: sample(40) });
    const zebra = await printer(scene);
    const window = await openWindow(scene, { dir });
    const lesedi = new Person(window, "Lesedi");
    await lesedi.signsIn();
    await window.see("nav");
    const tube = (await tubes(dir)).find(({ panel }) => ["CD4", "FBC"].includes(panel));
    assert.equal(tube.custody, "planned");

    await lesedi.goes("/settings");
    const address = await window.see('input[name="printer"]');
    await address.sendKeys(zebra.address);
    await lesedi.clicks('[data-testid="save-printer"]');
    await lesedi.clicks('[data-testid="print-test"]');
    await window.web.wait(() => zebra.labels().includes("TEST"), 20_000, "a test label");

    await lesedi.goes(`/specimens/${tube.id}`);
    await window.see('[data-testid="label-picture"]');
    await lesedi.clicks('[data-testid="print-labels"]');
    await lesedi.clicks('.v-overlay--active [data-testid="print-now"]');
    await window.see('[data-testid="print-done"]');
    assert.ok(zebra.labels().includes(`^FD${tube.specimen}^FS`), zebra.labels());
    assert.deepEqual(await window.axe(), []);
    await window.picture("a label was printed");
    await lesedi.scans("label", tube.specimen);
    await window.web.wait(async () => (await tubes(dir)).find(({ id }) => id === tube.id).custody === "collected", 20_000);

    await lesedi.goes("/bags");
    await lesedi.clicks('[data-testid="new-bag"]');
    await lesedi.clicks('.v-overlay--active label:has(input[value="18 25"])');
    await lesedi.clicks('.v-overlay--active [data-testid="make-bag"]');
    await lesedi.scans("bag", tube.specimen);
    await window.web.wait(async () => (await tubes(dir)).find(({ id }) => id === tube.id).custody === "packed", 20_000);
    await window.see('[data-testid="packed"]');
    assert.deepEqual(await window.axe(), []);
    await window.picture("a bag");
    // The same tube again is shouted at and changes nothing.
    await lesedi.scans("bag", tube.specimen);
    await window.see('[data-testid="scan-outcome"][data-outcome="again"]');
    const packed = (await tubes(dir)).find(({ id }) => id === tube.id);
    assert.match(packed.bag, /^M-/);
    assert.equal(packed.prints, 1);
    assert.deepEqual(await window.complaints(), []);
  },
  { seconds: 180 },
);
