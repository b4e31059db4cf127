// What goes wrong in the field, and what the person at the window then sees. Nothing is ever lost by it.
import assert from "node:assert/strict";
import { By, Key } from "selenium-webdriver";
import { clinic, laptop, list, sample, status } from "../harness/clinic.js";
import { Person } from "../harness/person.js";
import { portal } from "../harness/portal.js";
import { scenario } from "../harness/scenario.js";
import { tsela } from "../harness/tsela.js";
import { openWindow } from "../harness/window.js";

/** A laptop with unsent records whose window stands on the sync panel. */
async function atSync(scene, { env = {}, before = async () => {} } = {}) {
  const server = await clinic(scene);
  const dir = await laptop(scene, server, "Lesedi");
  await tsela(["enter", "--dir", dir, "-"], { input: sample(4) });
  await before({ server, dir });
  const window = await openWindow(scene, { dir, env });
  const lesedi = new Person(window, "Lesedi");
  await lesedi.signsIn();
  await window.see("nav");
  await lesedi.goes("/sync");
  await window.seeText("Push");
  return { server, dir, window, lesedi };
}

const down = async ({ server }) => server.down();

scenario("the server is away: grey and calm, and nothing is marked", async (scene) => {
  const { dir, window, lesedi } = await atSync(scene, { before: down });
  await lesedi.clicksText("Push");
  await window.seeText("Offline: the server is not in reach. Everything is safe on this laptop.");
  await window.picture("offline");
  assert.deepEqual(await window.axe(), []);
  assert.equal((await status(dir)).unsent, 4);
});

scenario("a Wi-Fi log-in page answers everything with 200: it is named, and nothing is marked", async (scene) => {
  const { server, dir, window, lesedi } = await atSync(scene, { before: down });
  const page = await portal(scene, server.port);
  await lesedi.clicksText("Push");
  await window.seeText("A Wi-Fi log-in page answered", 40);
  await window.picture("captive portal");
  assert.ok(page.asked.every((line) => !line.includes("with credentials")), page.asked.join("\n"));
  assert.equal((await status(dir)).unsent, 4);
  assert.ok((await list(dir, "household")).every(({ state }) => state === "ready"));
});

scenario("a revoked laptop says so, and keeps everything", async (scene) => {
  const { dir, window, lesedi } = await atSync(scene, {
    before: async ({ server, dir }) => {
      const { device } = await status(dir);
      await tsela(["server", "revoke", device.id, "--dir", server.dir, "--reason", "lost on the road"]);
    },
  });
  await lesedi.clicksText("Push");
  await window.seeText("This device was revoked", 40);
  await window.picture("revoked");
  assert.equal((await status(dir)).unsent, 4);
});

for (const [words, seconds] of [
  ["a year behind", -31_536_000],
  ["a year ahead", 31_536_000],
]) {
  scenario(`a clock ${words} does not stop a push, and is told`, async (scene) => {
    const env = { TSELA_CLOCK_OFFSET_SECONDS: String(seconds) };
    const { dir, window, lesedi } = await atSync(scene, { env });
    await lesedi.clicksText("Push");
    await window.seeText("All received", 40);
    await window.web.wait(async () => /36[45] days/.test(await window.text()), 20_000, "how wrong the clock is");
    await window.picture(`clock ${words}`);
    assert.equal((await status(dir)).unsent, 0);
  });
}

scenario("the program is killed in the middle of a form: the draft is back", async (scene) => {
  const server = await clinic(scene);
  const dir = await laptop(scene, server, "Lesedi");
  let window = await openWindow(scene, { dir });
  let lesedi = new Person(window, "Lesedi");
  await lesedi.signsIn();
  await window.see("nav");
  await lesedi.goes("/households/new");
  await lesedi.types("plot", "O'Brien <b>0926</b>");
  await lesedi.types("section", "S8");
  await window.seeText("Draft kept");
  await window.kill();

  window = await openWindow(scene, { dir });
  lesedi = new Person(window, "Lesedi");
  await lesedi.signsIn();
  await window.see('[data-testid="draft"]');
  await window.picture("draft on the home page");
  await lesedi.goes("/households/new");
  const plot = await window.see('[id="f-plot"]');
  await window.web.wait(async () => (await plot.getAttribute("value")) === "O'Brien <b>0926</b>", 10_000, "the draft");
  assert.equal(await (await window.see('[id="f-section"]')).getAttribute("value"), "S8");
});

scenario("five wrong passphrases lock the sign-in, the page says for how long, and an administrator's code ends it", async (scene) => {
  const server = await clinic(scene);
  const dir = await laptop(scene, server, "Lesedi");
  // One through the window; the next three by the command line, whose waiting does not have to be sat out here.
  const window = await openWindow(scene, { dir });
  const lesedi = new Person(window, "Lesedi");
  await lesedi.signsIn("not the passphrase");
  await window.seeText("passphrase is wrong");
  await window.picture("wrong passphrase");
  for (let attempt = 2; attempt <= 5; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** (attempt - 2) + 200));
    await lesedi.signsIn("not the passphrase");
    await window.web.wait(async () => (await window.text()).match(/wrong|locked/i), 10_000, "an answer");
  }
  await window.see('[data-testid="locked-out"]');
  await window.picture("locked out");
  const { code, stderr } = await tsela(["status", "--dir", dir], { expect: null });
  assert.equal(code, 77, stderr);
  assert.match(stderr, /locked/);

  // The administrator is called; no network is between the two.
  await server.down();
  await lesedi.clicks('[data-testid="have-code"]');
  const request = await asked(window);
  await window.picture("a request for the administrator");
  assert.deepEqual(await window.axe(), []);
  const answer = ["server", "unlock", "--dir", server.dir, await theDevice(server), "--request", request, "--user", "Lesedi"];
  const told = (await tsela([...answer, "--reason", "called, voice known"])).stdout.trim();
  await (await window.see('input[name="rescue-code"]')).sendKeys(told.toLowerCase(), Key.ENTER);
  await window.web.wait(async () => !(await window.text()).includes("Locked after"), 10_000, "the lock-out to end");
  await lesedi.signsIn();
  await window.see("nav");
});

scenario("a forgotten passphrase: the administrator's long code lets the person choose a new one, and opens what is there", async (scene) => {
  const server = await clinic(scene);
  const dir = await laptop(scene, server, "Lesedi");
  await tsela(["enter", "--dir", dir, "-"], { input: sample(4) });
  await server.down();
  const window = await openWindow(scene, { dir });
  const lesedi = new Person(window, "Lesedi");
  await window.see('[data-testid="have-code"]');
  await lesedi.clicks('[data-testid="have-code"]');
  const answer = async (...more) => {
    const unlock = ["server", "unlock", "--dir", server.dir, await theDevice(server), "--request", await asked(window)];
    return (await tsela([...unlock, "--user", "Lesedi", "--reason", "called, voice known", ...more])).stdout.trim();
  };
  const long = await answer("--admit");
  // Nobody has signed in here yet, so the laptop's name is not known to this page.
  await window.seeText("Call your administrator. Say your name, and read out this request:");
  assert.match(long, /^\w{8}(-\w{8}){3}$/);

  // Typed as it is heard; a letter heard wrongly is named by its group. Only four groups ask for a passphrase.
  const code = await window.see('input[name="rescue-code"]');
  const retypes = async (...keys) => {
    await window.web.executeScript("arguments[0].focus(); arguments[0].select()", code);
    await code.sendKeys(...keys);
  };
  await code.sendKeys((await answer()).toLowerCase().replaceAll("-", " "));
  assert.equal((await window.web.findElements(By.css('input[name="rescue-passphrase"]'))).length, 0);
  await retypes(slip(long));
  await (await window.see('input[name="rescue-passphrase"]')).sendKeys("another road altogether");
  const again = await window.see('input[name="rescue-passphrase-again"]');
  await again.sendKeys("another road", Key.ENTER);
  await window.seeText("The two passphrases differ");
  await again.sendKeys(" altogether", Key.ENTER);
  await window.seeText("Group 1, ");
  await window.picture("a code heard wrongly");
  assert.deepEqual(await window.axe(), []);
  await retypes(long, Key.ENTER);
  await window.see("nav");
  await window.picture("back in with a new passphrase");

  // Signed in at once, to what was there; from now on by the new words alone.
  const refused = await tsela(["status", "--dir", dir], { expect: null });
  assert.equal(refused.code, 77, refused.stderr);
  const known = await status(dir, { TSELA_PASSPHRASE: "another road altogether" });
  assert.equal(known.unsent, 4);
  await window.web.actions().keyDown(Key.ALT).sendKeys("l").keyUp(Key.ALT).perform();
  await window.see('[data-testid="lock-screen"]');
  await lesedi.signsIn("another road altogether");
  await window.web.wait(async () => !(await window.text()).includes("Screen locked"), 10_000, "the screen to open");
});

/** The id of the only laptop that a server knows. */
async function theDevice(server) {
  const { stdout } = await tsela(["server", "devices", "--dir", server.dir, "--json"]);
  return JSON.parse(stdout.split("\n")[0]).device;
}

/** A code with one character heard wrongly, in its first group. */
const slip = (code) => code.slice(0, 2) + (code[2] === "7" ? "8" : "7") + code.slice(3);

/** The request in the dialog, once it is there. */
async function asked(window) {
  const shown = await window.see('[data-testid="rescue-request"]');
  await window.web.wait(async () => /^\w{8}-\w{8}$/.test((await shown.getText()).trim()), 10_000, "a request");
  return (await shown.getText()).trim();
}

scenario("a second window on the same store is refused with a message, and readers work beside the first", async (scene) => {
  const server = await clinic(scene);
  const dir = await laptop(scene, server, "Lesedi");
  await openWindow(scene, { dir });
  const second = await openWindow(scene, { dir });
  await second.seeText("Tsela is already open on this laptop.");
  await second.picture("second window");
  assert.deepEqual(await second.axe(), []);
  assert.equal((await status(dir)).unsent, 0);
  const { code } = await tsela(["enter", "--dir", dir, "-"], { input: sample(1), expect: null });
  assert.equal(code, 75);
});
