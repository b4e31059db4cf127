// A community server and laptops enrolled at it, as the tests' people know them.
import { readFileSync } from "node:fs";
import { freePort } from "./ports.js";
import { serve, tsela } from "./tsela.js";

/** A server on a port of its own, which can go down and come up again there. */
export async function clinic(scene) {
  const dir = scene.path("clinic");
  await tsela(["server", "init", "--dir", dir]);
  const port = await freePort();
  let running = await serve(scene, dir, { port });
  return {
    dir,
    port,
    /** One enrolment code. */
    code: async (role = "field") => (await tsela(["server", "code", "--dir", dir, "--role", role])).stdout.trim(),
    down: () => running.stop(),
    up: async () => (running = await serve(scene, dir, { port })),
    log: () => running.log(),
  };
}

/** Enrols a laptop from the command line and returns its folder. */
export async function laptop(scene, server, name, role) {
  const dir = scene.path(name);
  const named = ["--user", name, "--device-name", name];
  await tsela(["enrol", "--dir", dir, "--code", await server.code(role), ...named]);
  return dir;
}

/** What the command line says of a laptop or server, beside an open window. */
export async function status(dir, env = {}) {
  return JSON.parse((await tsela(["status", "--dir", dir, "--json"], { env })).stdout);
}

/** The last line of a folder's digest, of the streams named. */
export async function digest(dir, streams = []) {
  const named = streams.flatMap((code) => ["--stream", code]);
  const { stdout } = await tsela(["digest", "--dir", dir, ...named]);
  return stdout.trim().split("\n").at(-1);
}

/** All records of a model, as the command line lists them. */
export async function list(dir, model) {
  const { stdout } = await tsela(["list", model, "--dir", dir, "--json"]);
  return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Each tube of a folder, as the command line lists them. */
export async function tubes(dir) {
  const { stdout } = await tsela(["tubes", "--dir", dir, "--json"]);
  return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

const shift = () => readFileSync(new URL("../../../demo/shift.jsonl", import.meta.url), "utf8").split("\n");

/** The first lines of the sample day. */
export function sample(lines) {
  return shift().slice(0, lines).join("\n");
}

/** The sample day up to its n-th tube. */
export function sampleOfTubes(n) {
  const tubes = [...shift().entries()].filter(([, line]) => line.includes('"model":"specimen"'));
  return sample(tubes[n - 1][0] + 1);
}
