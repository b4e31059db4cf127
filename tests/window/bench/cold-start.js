// How long it takes from starting the program to a sign-in page that takes what is typed, on a laptop with a day's
// work. Called by `make bench` with the number of starts; prints the milliseconds of each as JSON.
//
// A start is measured from the kernel's own time of the program's exec to the moment at which a letter, typed by
// WebDriver, stands in the passphrase field. The driver's round trips are part of it: a person waits a little less.
import { readFileSync } from "node:fs";
import { clinic, laptop, sample } from "../harness/clinic.js";
import { inScene } from "../harness/scenario.js";
import { tsela } from "../harness/tsela.js";
import { openWindow } from "../harness/window.js";

/** What the kernel counts in towards programs: hundredths of a second. */
const TICK_MS = 10;

const starts = Number(process.argv[2] ?? 10);

const taken = await inScene("cold start", async (scene) => {
  const server = await clinic(scene);
  const dir = await laptop(scene, server, "Lesedi");
  await tsela(["enter", "--dir", dir, "--moved-to-today", "-"], { input: sample(Infinity) });
  await server.down();
  const millis = [];
  for (let n = 0; n < starts; n += 1) {
    millis.push(await inScene(`start ${n + 1}`, (start) => once(start, dir)));
  }
  return millis;
});
process.stdout.write(`${JSON.stringify({ millis: taken })}\n`);

async function once(scene, dir) {
  const window = await openWindow(scene, { dir });
  const field = await window.see('input[type="password"]');
  await field.sendKeys("a");
  await window.web.wait(async () => (await field.getAttribute("value")) === "a", 10_000, "the letter in the field");
  const millis = since(window.pid());
  await window.close(scene);
  return millis;
}

/** How long a process has been there, in milliseconds. */
function since(pid) {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name in brackets and may hold anything; the start is the 22nd of all.
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  return Math.round(uptime * 1000 - ticks * TICK_MS);
}
