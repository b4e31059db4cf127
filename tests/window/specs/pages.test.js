// Every page of the laptop in the real window, light and dark: nothing that axe finds, nothing wider than the window,
// nothing the page complains of.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { clinic, laptop, list, sample } from "../harness/clinic.js";
import { Person } from "../harness/person.js";
import { root } from "../harness/places.js";
import { scenario } from "../harness/scenario.js";
import { tsela } from "../harness/tsela.js";
import { openWindow } from "../harness/window.js";

scenario(
  "every page, light and dark",
  async (scene) => {
    const server = await clinic(scene);
    const dir = await laptop(scene, server, "Lesedi");
    await tsela(["enter", "--dir", dir, "--moved-to-today", "-"], { input: sample(40) });
    await server.down();
    const window = await openWindow(scene, { dir });
    const lesedi = new Person(window, "Lesedi");
    await lesedi.signsIn();
    await window.see("nav");
    const bag = { command: "new_bag", args: { celsius_low: 18, celsius_high: 25 } };
    await window.invoke("rpc", { request: bag });
    const [tube] = await list(dir, "specimen");
    const label = { code: tube.fields.specimen_identifier, among: [], by: "scanned", reason: null };
    await window.invoke("rpc", { request: { command: "check_label", args: label } });
    const begun = { taker: "Tiro Pheko", place: "Otse", bags: [], loose: true };
    await window.invoke("rpc", { request: { command: "begin_handover", args: begun } });
    const places = await pagesOf(dir);
    for (const theme of ["light", "dark"]) {
      await prefers(window, theme);
      for (const place of places) await looksWell(lesedi, place, theme);
    }
    await lesedi.clicks('[aria-label="Lock the screen"]');
    await window.see('[data-testid="lock-screen"]');
    assert.deepEqual(await window.axe(), []);
    assert.deepEqual(await window.complaints(), []);
  },
  { seconds: 600 },
);

/** Each address that the router knows for a laptop, with the records of this one in it. */
async function pagesOf(dir) {
  const first = async (model) => (await list(dir, model))[0].id;
  const [household, participant] = [await first("household"), await first("participant")];
  const handover = await first("custody_transfer");
  const fill = {
    "/households/:": household,
    "/members/:": await first("household_member"),
    "/participants/:": participant,
    "/consents/:": await first("consent"),
    "/specimens/:": await first("specimen"),
    "/bags/:": await first("bag"),
    "/handovers/:": handover,
    "/reconcile/:": handover,
    "/records/:": participant,
  };
  const filled = (route) => {
    const start = Object.keys(fill).find((beginning) => route.startsWith(beginning));
    const ids = route.replace(":model", "participant");
    return start ? ids.replace(":id", fill[start]) : ids;
  };
  return routes().map(filled);
}

/** The paths that the pages' own routes name, but for the server's. */
function routes() {
  const source = path.join(root, "ui", "src");
  const files = readdirSync(source).filter((name) => name !== "server" && name !== "router");
  const texts = files.map((name) => {
    try {
      return readFileSync(path.join(source, name, "routes.ts"), "utf8");
    } catch {
      return "";
    }
  });
  const found = texts.flatMap((text) => [...text.matchAll(/path: "([^"]+)"/g)].map(([, route]) => route));
  assert.ok(found.length > 15, found.join(" "));
  return found;
}

async function prefers(window, theme) {
  await window.invoke("rpc", { request: { command: "set_preferences", args: { language: "en", theme } } });
  // The window asks for its state by itself; the theme it then has is on its outermost element.
  await window.see(`.v-theme--${theme}`);
}

async function looksWell(person, place, theme) {
  const { window } = person;
  await person.goes(place);
  await window.web.wait(() => hasSettled(window, place), 20_000, `${place} to be there`);
  const wider = await window.web.executeScript(
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  assert.deepEqual([place, theme, wider, ...(await window.axe())], [place, theme, 0]);
}

/** Whether the page is shown and loads nothing more. */
function hasSettled(window, place) {
  return window.web.executeScript(
    `return location.hash.startsWith("#" + arguments[0]) && document.querySelector("main h1") !== null
       && document.querySelector(".v-progress-circular, [aria-busy=true]") === null`,
    place,
  );
}
