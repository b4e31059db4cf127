// Two laptops in two windows: both change the same participant without knowing of each other, the data manager
// decides, and both windows show what was decided.
import assert from "node:assert/strict";
import { clinic, digest, laptop, list, sample, status } from "../harness/clinic.js";
import { dataManager } from "../harness/manager.js";
import { Person } from "../harness/person.js";
import { until } from "../harness/ports.js";
import { scenario } from "../harness/scenario.js";
import { tsela } from "../harness/tsela.js";
import { openWindow } from "../harness/window.js";

scenario(
  "what two laptops wrote apart is decided once, shown by both, and not reopened by a later edit",
  async (scene) => {
    const server = await clinic(scene);
    const manager = await dataManager(server);
    const { lines, person } = paper();
    const people = [];
    for (const name of ["Lesedi", "Thabo"]) people.push(await atWork(scene, server, name, lines));
    const [lesedi, thabo] = people;
    for (const one of [...people, ...people]) await pushes(one);

    // Neither can hear of the other's change before writing their own.
    await server.down();
    await corrects(lesedi, person, { phone: "71111111", physical_address: "Plot 9" });
    await corrects(thabo, person, { phone: "72222222", last_name: "Nkwe-Phiri" });
    await server.up();
    for (const one of [lesedi, thabo, lesedi]) await pushes(one);
    for (const one of people) {
      await shows(one, person, ["71111111", "72222222", "Plot 9", "NKWE-PHIRI", "Choose this value"]);
      assert.deepEqual(await one.window.axe(), []);
    }
    await lesedi.window.picture("conflict between two laptops");

    for (const { record, conflicts } of await manager.call("conflicts", {})) {
      for (const { field, candidates } of conflicts) {
        const wanted = candidates.find(({ value }) => value === "72222222") ?? candidates[0];
        const reason = "asked both assistants";
        await manager.call("server_resolve", { record: record.id, field, value: wanted.value, reason });
      }
    }
    assert.deepEqual(await manager.call("conflicts", {}), []);

    for (const one of people) {
      await pushes(one);
      await shows(one, person, ["72222222"]);
      await showsNoConflict(one);
    }
    // A later edit, by the one whose value was not taken, is an edit like any other.
    await corrects(lesedi, person, { phone: "73333333" });
    for (const one of people) {
      await pushes(one);
      await shows(one, person, ["73333333"]);
      await showsNoConflict(one);
    }
    await sameEverywhere(server, people);
    for (const one of people) assert.deepEqual(await one.window.complaints(), []);
  },
  { seconds: 420 },
);

/** The first household of the sample day, as two people copy it from one sheet: each line with an id of its own. */
function paper() {
  const ids = new Map();
  const lines = sample(6)
    .split("\n")
    .map((text, n) => {
      const { ref, ...line } = JSON.parse(text);
      const id = `01990000-0000-7000-8000-${String(n + 1).padStart(12, "0")}`;
      ids.set(ref, id);
      for (const [field, value] of Object.entries(line.set)) {
        if (typeof value === "string" && value.startsWith("@")) line.set[field] = ids.get(value.slice(1));
      }
      return JSON.stringify({ ...line, id });
    });
  return { lines: lines.join("\n"), person: ids.get("p2") };
}

async function atWork(scene, server, name, lines) {
  const dir = await laptop(scene, server, name);
  await tsela(["enter", "--dir", dir, "-"], { input: lines });
  const window = await openWindow(scene, { dir });
  const person = new Person(window, name);
  await person.signsIn();
  await window.see("nav");
  return Object.assign(person, { dir });
}

async function corrects(person, record, values) {
  await person.goes(`/records/participant/${record}/edit`);
  for (const [field, value] of Object.entries(values)) await person.types(field, value);
  await person.types("reason", "She says so");
  await person.saves();
}

/** Pushes, and waits until this push is over: its line in the history of pushes. */
async function pushes(person) {
  const { window, dir } = person;
  await person.goes("/sync");
  await window.see('[data-testid="push-card"][data-phase="idle"], [data-testid="push-card"][data-phase="offline"]');
  const before = (await window.invoke("rpc", { request: { command: "push_history", args: {} } })).answer.ok.length;
  await person.clicks('[data-testid="push"]');
  const over = async () => {
    const { answer } = await window.invoke("rpc", { request: { command: "push_history", args: {} } });
    return answer.ok.length > before && answer.ok[0].outcome === "done";
  };
  await until(over, { seconds: 60, words: `${person.name}'s push to be done` });
  assert.equal((await status(dir)).unsent, 0);
}

async function shows(person, record, texts) {
  await person.goes("/home");
  await person.window.see("main h1");
  await person.goes(`/records/${record}`);
  for (const text of texts) await person.window.seeText(text);
}

async function showsNoConflict({ window }) {
  const none = "return document.querySelector('[data-conflict]') === null && !document.body.innerText.includes('in conflict')";
  await window.web.wait(() => window.web.executeScript(none), 20_000, "no conflict on the page");
}

async function sameEverywhere(server, people) {
  for (const model of ["household", "household_visit", "household_member", "eligibility", "participant"]) {
    const there = await list(server.dir, model);
    assert.ok(there.length > 0 && there.every(({ conflicts }) => conflicts.length === 0), model);
    for (const { dir } of people) assert.deepEqual(await list(dir, model), there, model);
  }
  for (const { dir } of people) {
    const { streams } = await status(dir);
    const own = streams.filter(({ head }) => head.seq > 0).map(({ code }) => code);
    assert.equal(await digest(dir, own), await digest(server.dir, own));
  }
}
