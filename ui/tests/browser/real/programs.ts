/** The programs under test as a person would run them; what is started ends with the test, whatever became of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const PASSPHRASE = "a long road to the clinic";

const ROOT = resolve(import.meta.dirname, "../../../..");
const TSELA = join(resolve(ROOT, process.env["CARGO_TARGET_DIR"] ?? "target"), "debug", "tsela");

/** The pages as they are installed, built by `npm run build:real`. */
export const PAGES = resolve(import.meta.dirname, "../../../test-results/real");
export const DEMO = join(ROOT, "demo");

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export interface Running {
  /** The first line that the program printed. */
  line: string;
  stop(): Promise<void>;
}

/** Runs `tsela` to its end and returns what it printed; a failure says what it complained of. */
export async function tsela(args: string[], { input = "" } = {}): Promise<string> {
  const { child, printed, ended } = start(args);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  const code = await ended;
  if (code !== 0) throw new Error(`tsela ${args.join(" ")} ended with ${code}:\n${printed.err}`);
  return printed.out;
}

/** Starts a program that stays, and waits for its first line, which says where it can be reached. */
export async function stays(args: string[]): Promise<Running> {
  const { child, printed, ended } = start(args);
  const line = new Promise<string>((found) => {
    child.stdout?.on("data", () => {
      const [first, rest] = printed.out.split("\n", 2);
      if (first && rest !== undefined) found(first);
    });
  });
  const gone = ended.then((code) => {
    throw new Error(`tsela ${args.join(" ")} ended with ${code}:\n${printed.err}`);
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const first = await Promise.race([line, gone]);
  gone.catch(() => undefined);
  return { line: first, stop };
}

function start(args: string[]) {
  if (!existsSync(TSELA)) throw new Error(`${TSELA} is not built; \`make test\` builds it`);
  const child = spawn(TSELA, args, { env: { ...process.env, TSELA_PASSPHRASE: PASSPHRASE } });
  running.add(child);
  const printed = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.err += text));
  const ended = new Promise<number | string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("close", (code, signal) => {
      running.delete(child);
      done(code ?? signal ?? "nothing");
    });
  });
  return { child, printed, ended };
}
