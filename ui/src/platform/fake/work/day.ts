/** The sample day of the demonstration, moved to today, with some names as hostile as real ones can be. */
import shift from "../../../../../demo/shift.jsonl?raw";
import { insert, prints, type Fields } from "./store";

interface Line {
  op?: string;
  model: string;
  ref?: string;
  set: Fields;
}

const HOSTILE: [string, string][] = [
  ["O'BRIEN", "=CMD()"],
  ["مريم", "بن علي"],
  ["SMILE 😀", "^XZ"],
  ["KEFILWE".repeat(43).slice(0, 300), "LONGNAME".repeat(38).slice(0, 300)],
];

/** The tube whose label is not printed yet; those of the last hour are printed and not all checked. */
const FRESH = "s2_fbc";

function label(set: Fields, at: string): void {
  const young = Date.now() - Date.parse(at) < 3_600_000;
  if (young && set["item"] === 1) return;
  Object.assign(set, { labelled_at: at, labelled_by: "scanned" });
}

/** Fills the store, once. */
export function loadDay(): void {
  const lines = shift
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  const times = lines
    .flatMap((line) => Object.values(line.set).filter(isInstant))
    .map((text) => Date.parse(text));
  const moved = Date.now() - 25 * 60_000 - Math.max(...times);
  const ids = new Map<string, string>();
  let participants = 0;
  for (const line of lines) {
    if (line.op) continue;
    const set: Fields = {};
    for (const [field, value] of Object.entries(line.set)) set[field] = placed(value, moved, ids);
    const odd = line.model === "participant" ? HOSTILE[participants++] : undefined;
    if (odd) [set["first_name"], set["last_name"]] = odd;
    const id = idOf(line.ref ?? "");
    ids.set(`@${line.ref ?? ""}`, id);
    const at = Object.values(set).find(isInstant) ?? new Date(Date.now() - 3_600_000).toISOString();
    if (line.model === "specimen" && line.ref !== FRESH) label(set, at);
    const kept = insert(line.model, id, set, at, participants > 18 ? "ready" : "received");
    if (set["labelled_at"]) prints.set(kept.id, 1);
  }
}

/** The same id every time, so that an address can name a record: `p2` is `…-000000007032`. */
export function idOf(ref: string): string {
  const codes = [...ref].map((letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  const short = codes.length <= 12 ? codes : codes.slice(0, 6) + hash(ref).toString(16).padStart(6, "0");
  return `01980000-0000-7000-8000-${short.padStart(12, "0")}`;
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 0xffffff, 7);
}

function placed(value: Fields[string], moved: number, ids: Map<string, string>): Fields[string] {
  if (typeof value !== "string") return value ?? null;
  if (value.startsWith("@")) return ids.get(value) ?? value;
  return isInstant(value) ? new Date(Date.parse(value) + moved).toISOString().replace(/\.\d+Z/, "Z") : value;
}

function isInstant(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value);
}
