// Every process of a test, started in a group of its own so that it and what it started end with the test,
// whatever became of the test.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const groups = new Set();

/** Starts a program as the leader of a new process group. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { ...options, detached: true });
  child.output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => (child.output += text));
  }
  child.ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  groups.add(child.pid);
  return child;
}

/** Ends a process and all that it started, politely if `signal` says so, and waits for it. */
export async function end(child, signal = "SIGKILL") {
  if (!groups.has(child.pid)) return;
  signalGroup(child.pid, signal);
  await child.ended;
  if (signal !== "SIGKILL") signalGroup(child.pid, "SIGKILL");
  groups.delete(child.pid);
}

/** The processes below `pid` whose program is `binary`. */
export function below(pid, binary) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = readOr(`/proc/${name}/stat`, "");
    // The second field is the program's name in brackets and may hold anything, so count from its end.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(Number(name), Number(parent));
  }
  const isBelow = (id) => id === pid || (parents.has(id) && id > 1 && isBelow(parents.get(id)));
  return [...parents.keys()].filter((id) => isBelow(id) && programOf(id) === binary);
}

function programOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

process.on("exit", () => groups.forEach((pid) => signalGroup(pid, "SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
