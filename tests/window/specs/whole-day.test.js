// A whole day and the next, by the people of it: two assistants without network, a driver, and the laboratory at the
// community server's pages. In the end every screen says the same of each tube.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { By, Key } from "selenium-webdriver";
import { clinic, digest, laptop, list, sampleOfTubes, status, tubes } from "../harness/clinic.js";
import { Person } from "../harness/person.js";
import { until } from "../harness/ports.js";
import { printer } from "../harness/printer.js";
import { scenario } from "../harness/scenario.js";
import { passphrase, tsela } from "../harness/tsela.js";
import { openChromium, openWindow } from "../harness/window.js";

/** A label of a laptop that nobody here knows. */
const FOREIGN = "ZZZ000101E";

scenario(
  "a day by windows and a browser ends with every screen saying the same of each tube",
  async (scene) => {
    const server = await clinic(scene);
    const account = (name, role) => tsela(["server", "user", "--dir", server.dir, "--name", name, "--role", role]);
    const lesedi = await atWork(scene, server, "lesedi", 11);
    const thabo = await atWork(scene, server, "thabo", 3);
    const driver = await atWork(scene, server, "driver", 0);
    const windows = [lesedi, thabo, driver];
    // A name that signs at the desk is not enrolled any more, so the laptop comes first.
    await account("driver", "driver");
    await account("Kago Sello", "lab_assistant");
    await server.down();
    const ten = (await codes(lesedi)).sort();
    const late = ten.pop();
    const three = await codes(thabo);
    const [gone, ...nine] = ten;
    const [haemolysed, ...fit] = nine;

    // In the field: labels, bags, and the driver, who gets nine of ten and one that nobody expected.
    await labels(lesedi, await printer(scene), ten);
    await packs(lesedi, ten);
    await begins(lesedi, 10);
    for (const code of nine) await lesedi.scansTo("right", "handover", code);
    await saysOf(lesedi, gone, "missing");
    await lesedi.fills("say-why", "not in the bag");
    await lesedi.clicks('[data-testid="say-now"]');
    await dialogCloses(lesedi);
    await explains(lesedi, FOREIGN, "another laptop's");
    await looksWell(lesedi, "day hand-over counted");
    await signs(lesedi, "sign");
    await meet(lesedi, driver, "first");
    await labels(thabo, await printer(scene), three);
    await packs(thabo, three);
    await begins(thabo, 3);
    for (const code of three) await thabo.scansTo("right", "handover", code);
    await signs(thabo, "sign");
    await meet(thabo, driver, "second");
    const carried = await stateOf(lesedi);
    assert.ok(nine.every((code) => carried.get(code) === "with_carrier"), JSON.stringify([...carried]));

    // At the clinic: one assistant pushes directly too, the driver delivers, the laboratory receives.
    await server.up();
    await pushes(thabo);
    await delivers(driver);
    let kago = await atDesk(scene, server);
    await receives(kago, 13, "first");
    for (const code of [...fit, ...three, FOREIGN]) await kago.scansTo("right", "handover", code);
    await saysOf(kago, haemolysed, "rejected");
    await picksWrong(kago, "Haemolysed");
    await kago.fills("say-why", "red plasma");
    await kago.clicks('.v-checkbox:has(input[name="recollect"]) label');
    await kago.clicks('[data-testid="say-now"]');
    await dialogCloses(kago);
    await looksWell(kago, "day delivery counted");
    await bothSign(kago);
    await accepts(kago, [...fit, ...three]);
    await looksWell(kago, "day received");
    await kago.goes("/missing");
    await kago.window.seeText(gone);
    await looksWell(kago, "day missing");
    await leaves(kago);
    await server.down();

    // Later the missing tube is found and joins a new hand-over; the driver brings the receipt of the first.
    await labels(lesedi, await printer(scene), [late]);
    await begins(lesedi, 1);
    await lesedi.scansTo("wrong", "handover", gone);
    await lesedi.clicks('[data-testid="join"]');
    await lesedi.window.see(`[data-outcome-of="${gone}"][data-seen-as="matched"]`);
    await lesedi.scansTo("right", "handover", late);
    await looksWell(lesedi, "day found tube joined");
    await signs(lesedi, "sign");
    await meet(lesedi, driver, "third");
    await server.up();
    await delivers(driver);
    kago = await atDesk(scene, server);
    await receives(kago, 2, "second");
    for (const code of [gone, late]) await kago.scansTo("right", "handover", code);
    await bothSign(kago);
    await accepts(kago, [gone, late]);
    await kago.goes("/missing");
    await kago.window.see('[data-testid="missing-found"]');

    // What was decided travels back: to one by a stick, to the other by the network.
    await pushes(thabo);
    const stick = scene.path("stick");
    mkdirSync(stick);
    await meetsNobody(lesedi);
    await carries(lesedi, "export", stick);
    await tsela(["import", "--dir", server.dir, "--from", stick]);
    await carries(lesedi, "import", stick);

    await allSayTheSame(server, kago, [lesedi, thabo], haemolysed);
    assert.equal((await verified(driver.dir)).clean, true);
    const people = await list(server.dir, "participant");
    const told = ["last_name", "identity", "subject_identifier"];
    const canaries = people.flatMap(({ fields }) => told.map((field) => fields[field]));
    assert.ok(canaries.length > 0 && canaries.every(Boolean));
    for (const file of [...files(driver.dir), ...files(stick)]) {
      const bytes = readFileSync(file);
      assert.deepEqual(canaries.filter((canary) => bytes.includes(canary)), [], file);
    }
    for (const one of [...windows, kago]) await leaves(one);
  },
  { seconds: 420 },
);

async function atWork(scene, server, name, count) {
  const dir = await laptop(scene, server, name, count > 0 ? "field" : "carrier");
  if (count > 0) await tsela(["enter", "--dir", dir, "--moved-to-today", "-"], { input: sampleOfTubes(count) });
  const window = await openWindow(scene, { dir, env: { TSELA_COLLECT: "127.0.0.1:0" } });
  const person = Object.assign(new Person(window, name), { dir });
  await person.signsIn();
  await window.see("nav");
  return person;
}

/** The laboratory's assistant signs in at the server's pages. */
async function atDesk(scene, server) {
  const person = new Person(await openChromium(scene, server), "Kago Sello");
  await person.fills("user", person.name);
  await person.fills("passphrase", passphrase + Key.ENTER);
  await person.window.see("nav");
  return person;
}

/** Closes a window that had nothing to complain of. */
async function leaves({ name, window }) {
  assert.deepEqual(await window.complaints(), [], name);
  await window.close();
}

const codes = async ({ dir }) => (await tubes(dir)).map(({ specimen }) => specimen);
const stateOf = async ({ dir }) => new Map((await tubes(dir)).map(({ specimen, custody }) => [specimen, custody]));
const verified = async (dir) => JSON.parse((await tsela(["verify", "--dir", dir, "--json"])).stdout);
const dialogCloses = ({ window }) =>
  window.web.wait(async () => (await window.web.findElements(By.css("[role=dialog]"))).length === 0, 20_000, "no dialog");

async function looksWell(person, name) {
  assert.deepEqual(await person.window.axe(), [], name);
  await person.window.picture(name);
}

/** Sets the printer, prints a label for each tube, and scans it back from the tube. */
async function labels(person, zebra, wanted) {
  const { window, dir } = person;
  await person.goes("/settings");
  await person.fills("printer", zebra.address);
  await person.clicks('[data-testid="save-printer"]');
  await window.see('[data-testid="print-test"]:not([disabled])');
  const ids = new Map((await tubes(dir)).map(({ specimen, id }) => [specimen, id]));
  for (const code of wanted) {
    await person.goes(`/specimens/${ids.get(code)}`);
    await window.seeText(code);
    const now = '.v-overlay--active [data-testid="print-now"]';
    await person.opens('[data-testid="print-labels"]', now);
    await person.clicks(now);
    await window.see('[data-testid="print-done"]');
    assert.ok(zebra.labels().includes(`^FD${code}^FS`), code);
    await dialogCloses(person);
    await person.scansTo("right", "label", code);
  }
}

/** Packs tubes into sealed bags, each of a temperature that its tubes bear. */
async function packs(person, wanted) {
  const { window, dir } = person;
  const { ranges, loose } = (await window.invoke("rpc", { request: { command: "bags", args: {} } })).answer.ok;
  let left = loose.filter(({ identifier }) => wanted.includes(identifier));
  for (const { low, high, panels } of ranges) {
    const suits = ({ panel }) => panels.includes(panel);
    const bag = left.filter(suits);
    left = left.filter((tube) => !suits(tube));
    if (bag.length === 0) continue;
    await person.goes("/bags");
    const range = `.v-overlay--active label:has(input[value="${low} ${high}"])`;
    await person.opens('[data-testid="new-bag"]', range);
    await person.clicks(range);
    await person.clicks('.v-overlay--active [data-testid="make-bag"]');
    for (const { identifier } of bag) await person.scansTo("right", "bag", identifier);
    await person.opens('[data-testid="close-bag"]', 'input[name="seal"]');
    await person.fills("seal", "S-1");
    await person.clicks('[data-testid="close-bag-now"]');
    await dialogCloses(person);
  }
  const states = await stateOf({ dir });
  assert.ok(wanted.every((code) => states.get(code) === "packed"), JSON.stringify([...states]));
}

async function begins(person, count) {
  await person.goes("/handovers/new");
  await person.fills("taker", "driver");
  await person.fills("place", "Otse");
  await person.clicks('[data-testid="begin-handover"]');
  await sees(person, count);
}

/** The hand-over is open and expects so many tubes. */
async function sees({ window }, count) {
  await window.see('[data-testid="reconcile"]');
  const rows = () => window.web.findElements(By.css("[data-outcome-of]"));
  await window.web.wait(async () => (await rows()).length === count, 20_000, `${count} tubes expected`);
}

async function saysOf(person, code, said) {
  await person.clicks(`[data-more="${code}"]`);
  await person.clicks(`.v-overlay--active [data-say="${said}"]`);
  await person.window.see("[role=dialog]");
}

/** Chooses what is wrong with a tube from the list of a dialog. */
async function picksWrong({ window }, words) {
  const list = await window.see("[role=dialog] .v-select .v-field");
  await list.click();
  await window.see(".v-select__content .v-list-item");
  const item = By.xpath(`//*[contains(@class, "v-list-item")][@role="option"][normalize-space(.)="${words}"]`);
  await window.web.executeScript("arguments[0].click()", await window.web.findElement(item));
}

async function explains(person, code, words) {
  await person.scansTo("wrong", "handover", code);
  await person.opens('[data-testid="explain"]', 'input[name="unexpected-how"]');
  await person.fills("unexpected-how", words);
  await person.clicks('[data-testid="unexpected-now"]');
  await dialogCloses(person);
}

async function signs(person, side) {
  await person.fills(`${side}-passphrase`, passphrase + Key.ENTER);
  await person.window.web.wait(
    async () => (await person.window.web.findElements(By.css(`[name="${side}-passphrase"]`))).length === 0,
    30_000,
    `the signature of ${person.name}`,
  );
}

/** The two laptops meet, people compare digits on both screens, and the driver signs what the assistant has signed. */
async function meet(assistant, driver, which) {
  await driver.goes("/collect");
  const collect = await driver.window.see('[data-testid="collect"]');
  if ((await driver.window.web.findElements(By.css('[data-testid="where"]'))).length === 0) await collect.click();
  const host = await (await driver.window.see('[data-testid="where"] .host')).getText();
  await assistant.goes("/driver");
  await assistant.fills("address", host);
  await assistant.clicks('[data-testid="meet"]');
  const here = await (await assistant.window.see('[data-phase="compare"] [data-testid="digits"]')).getText();
  const there = await (await driver.window.see('[data-meeting="compare"] [data-testid="digits"]')).getText();
  assert.equal(here, there);
  assert.match(here, /\d{3}.?\d{3}/);
  await looksWell(assistant, `day ${which} meeting assistant`);
  await looksWell(driver, `day ${which} meeting driver`);
  await assistant.clicks('[data-phase="compare"] [data-testid="same"]');
  await driver.clicks('[data-meeting="compare"] [data-testid="same"]');
  await assistant.window.see('[data-phase="signing"]', 40);
  await driver.goes("/reconcile");
  await driver.window.see('[data-testid="sign-form"]');
  await looksWell(driver, `day ${which} offer`);
  await signs(driver, "sign");
  await assistant.window.see('[data-phase="done"]', 40);
  await looksWell(assistant, `day ${which} handed over`);
}

async function pushes(person) {
  const { window, dir } = person;
  await person.goes("/sync");
  await person.clicks('[data-testid="push"]');
  await until(async () => (await status(dir)).unsent === 0, { seconds: 60, words: "everything pushed" });
  await window.see('[data-testid="push-card"][data-phase="idle"]', 40);
}

async function delivers(driver) {
  await driver.goes("/deliver");
  await driver.clicks('[data-testid="push"]');
  const pending = async () =>
    (await driver.window.invoke("rpc", { request: { command: "collecting", args: {} } })).answer.ok.pending;
  await until(async () => (await pending()) === 0, { seconds: 60, words: "everything delivered" });
  await driver.window.seeText("Everything is delivered.", 40);
  await driver.window.see('[data-testid="push-card"][data-phase="idle"]', 40);
  await looksWell(driver, "day delivered");
}

async function receives(kago, count, which) {
  await kago.goes("/arriving");
  await kago.window.see('[data-testid="receive"]', 40);
  await looksWell(kago, `day ${which} arriving`);
  await kago.clicks('[data-testid="receive"]');
  await kago.window.see('[data-testid="begin-delivery"]');
  for (const box of await kago.window.web.findElements(By.css('input[name="which"]'))) {
    if (!(await box.isSelected())) await kago.window.web.executeScript("arguments[0].click()", box);
  }
  await kago.clicks('[data-testid="begin-delivery"]');
  await sees(kago, count);
}

/** The laboratory's assistant and the driver sign on one screen. */
async function bothSign(kago) {
  await signs(kago, "sign");
  await kago.fills("other-account", "driver");
  await signs(kago, "other");
}

async function accepts(kago, wanted) {
  await kago.goes("/received");
  for (const code of wanted) await kago.scansTo("right", "accept", code);
}

/** Has something that nobody has carried yet. */
async function meetsNobody(person) {
  await person.goes("/households/new");
  await person.picks("community", "Otse");
  await person.chooses("status", "absent");
  await person.saves();
}

async function carries(person, task, stick) {
  await person.goes("/ways");
  await person.clicks('.v-radio:has([data-testid="typed"]) label, [data-testid="typed"] label');
  await person.fills("place", stick);
  await person.clicks(`[data-testid="${task}"]`);
  await person.window.see(`[data-testid="courier-done"][data-task="${task}"]`, 40);
  await looksWell(person, `day stick ${task}`);
}

/** What a page's lists say of each tube, in words. They draw what is in view, so they are scrolled from top to end. */
async function shown({ window }, wanted) {
  const read = `for (const list of document.querySelectorAll(".v-table__wrapper")) {
      const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
      list.scrollTop = isAtEnd ? 0 : list.scrollTop + 150;
    }
    return [...document.querySelectorAll("tr")]
      .map((row) => [row.querySelector(".mono")?.innerText.trim(), row.innerText])
      .filter(([code]) => code)`;
  const rows = new Map();
  const all = async () => {
    for (const [code, words] of await window.web.executeScript(read)) rows.set(code, words);
    return wanted.every((code) => rows.has(code)) && rows;
  };
  return until(all, { words: `in the list: ${wanted}` });
}

async function allSayTheSame(server, kago, assistants, haemolysed) {
  const there = await stateOf(server);
  assert.equal(there.size, 14);
  await kago.goes("/received");
  const atLab = await shown(kago, [...there.keys()]);
  for (const one of assistants) {
    const here = await stateOf(one);
    await one.goes("/specimens");
    const rows = await shown(one, [...here.keys()]);
    for (const [code, state] of here) {
      const again = code === haemolysed;
      assert.deepEqual([state, there.get(code)], Array(2).fill(again ? "recollection_requested" : "accepted"), code);
      const words = again ? "Rejected: haemolysed, please draw again" : "Accepted";
      for (const row of [rows.get(code), atLab.get(code)]) assert.ok(row.includes(words), `${one.name}: ${code}: ${row}`);
    }
    await looksWell(one, `day tubes of ${one.name}`);
    const own = (await status(one.dir)).streams.filter(({ head }) => head.seq > 0).map(({ code }) => code);
    assert.equal(await digest(one.dir, own), await digest(server.dir, own));
    assert.equal((await verified(one.dir)).clean, true);
  }
  assert.equal((await verified(server.dir)).clean, true);
}

function files(folder) {
  const all = readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name));
  return all.filter((file) => statSync(file).isFile());
}
