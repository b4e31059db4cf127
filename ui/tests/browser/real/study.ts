/** A community server with its people, and laptops enrolled at it, in a folder of their own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEMO, PAGES, type Running, stays, tsela } from "./programs";

/** People with an account on the server, by role. */
export const PEOPLE = {
  administrator: "Kabo Molefe",
  data_manager: "Naledi Phiri",
  lab_assistant: "Boitumelo Seretse",
  driver: "Tiro Pheko",
} as const;

export type Line = Record<string, unknown> & { model: string };
export interface Listed {
  id: string;
  key: string;
  state: string;
  fields: Record<string, unknown>;
  conflicts: { field: string }[];
  findings: { code: string }[];
}

export class Study {
  readonly #dir = mkdtempSync(join(tmpdir(), "tsela-browser-"));
  #server: Running | undefined;

  /** Where a laptop's folder is; the server's is `clinic`. */
  path(name: string): string {
    return join(this.#dir, name);
  }

  /** Makes the server with its people and serves it, with TLS, on a port of its own. */
  async open(): Promise<this> {
    await tsela(["server", "init", "--dir", this.path("clinic"), "--study", join(DEMO, "study")]);
    for (const [role, name] of Object.entries(PEOPLE)) {
      await tsela(["server", "user", "--dir", this.path("clinic"), "--name", name, "--role", role]);
    }
    const listen = ["--listen", "127.0.0.1:0", "--ui", PAGES];
    this.#server = await stays(["serve", "--dir", this.path("clinic"), ...listen]);
    return this;
  }

  get url(): string {
    if (!this.#server) throw new Error("the study is not open");
    return this.#server.line.replace(/\/$/, "");
  }

  async close(): Promise<void> {
    await this.#server?.stop();
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }

  code(): Promise<string> {
    return tsela(["server", "code", "--dir", this.path("clinic"), "--role", "field"]).then((out) =>
      out.trim(),
    );
  }

  async enrol(user: string, code?: string): Promise<void> {
    await tsela(["enrol", "--dir", this.path(user), "--code", code ?? (await this.code()), "--user", user]);
  }

  async enter(user: string, lines: Line[]): Promise<void> {
    await tsela(["enter", "--dir", this.path(user), "-"], {
      input: lines.map((l) => JSON.stringify(l)).join("\n"),
    });
  }

  /** Pushes in turn until each laptop has heard what the others brought. */
  async push(...users: string[]): Promise<void> {
    for (const user of [...users, ...users]) await tsela(["push", "--dir", this.path(user)]);
  }

  async list(user: string, model: string): Promise<Listed[]> {
    const out = await tsela(["list", model, "--dir", this.path(user), "--json"]);
    const rows = out.split("\n").filter(Boolean);
    return rows.map((row) => JSON.parse(row) as Listed).sort((a, b) => a.id.localeCompare(b.id));
  }
}

/**
 * The first household of the sample day as two assistants would copy it from the same paper: its lines with ids of
 * their own, and nobody head of it yet.
 */
export function paper(): { lines: Line[]; id: (ref: string) => string } {
  const text = readFileSync(join(DEMO, "shift.jsonl"), "utf8");
  const first = text.split("\n").slice(0, 6);
  const refs = first.map((line) => (JSON.parse(line) as { ref: string }).ref);
  const id = (ref: string) => `01990000-0000-7000-8000-${String(refs.indexOf(ref) + 1).padStart(12, "0")}`;
  const lines = first.map((line) => {
    const read = JSON.parse(line) as Line & { ref: string; set: Record<string, unknown> };
    const { ref, ...rest } = read;
    if (rest.set["head_of_household"] === true)
      Object.assign(rest.set, { relation: "other", head_of_household: false });
    const set = Object.entries(rest.set).map(([field, value]) => [
      field,
      typeof value === "string" && value.startsWith("@") ? id(value.slice(1)) : value,
    ]);
    return { ...rest, id: id(ref), set: Object.fromEntries(set) as Record<string, unknown> };
  });
  return { lines, id };
}
