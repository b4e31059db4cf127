// The command line and the server, as a person would run them.
import path from "node:path";
import { cliBinary, root } from "./places.js";
import { end, start } from "./children.js";
import { freePort, listening } from "./ports.js";

export const passphrase = "a long road to the clinic";

/** Runs `tsela` to its end. A code other than `expect` fails the test with all that was printed. */
export async function tsela(args, { input = "", env = {}, expect = 0 } = {}) {
  const child = start(cliBinary, args, { env: { ...process.env, TSELA_PASSPHRASE: passphrase, ...env } });
  const printed = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (printed.stdout += text));
  child.stderr.on("data", (text) => (printed.stderr += text));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const { code, signal, error } = await child.ended;
  if (expect !== null && code !== expect) {
    throw new Error(`tsela ${args.join(" ")} ended with ${error ?? signal ?? code}, not ${expect}:\n${child.output}`);
  }
  return { code, ...printed };
}

/** Starts a community server on `dir` and waits until it answers; it ends with the scene. */
export async function serve(scene, dir, { port, env = {} } = {}) {
  const listen = port ?? (await freePort());
  const args = ["serve", "--dir", dir, "--listen", `127.0.0.1:${listen}`, "--ui", path.join(root, "ui", "dist")];
  const child = start(cliBinary, args, { env: { ...process.env, TSELA_PASSPHRASE: passphrase, ...env } });
  scene.atEnd(() => end(child));
  await listening(listen, child);
  return { port: listen, stop: () => end(child, "SIGTERM"), kill: () => end(child), log: () => child.output };
}
