/** The tubes that the laboratory knows of in the fake's world, with names as hostile as real ones can be. */
import type { HandedTube, RecordRef, TubeSource, Urgency } from "@/generated/rpc";
import panels from "../../../../../demo/study/panels.json";
import { idOf } from "./day";

export const LONG = `Driver of the northern villages ${"beyond the river ".repeat(16)}`.slice(0, 300);
export const GIVERS = ["Lesedi Motswagole", "Thabo O’Reilly-Kgosi", "نور الهدى"];
let people = ["KM", "=CMD()", "NO", "שרה", "😀", "X".repeat(300), "TB", "OS"];

/** For pictures in documents: nobody of whom there is one has such a name. */
export function plainNames(): void {
  people = ["KM", "NO", "TB", "OS", "LM"];
}

export const PANELS = panels.panels;
const HOUR = 3_600;

export const ref = (id: string, model: string, key: string): RecordRef => ({ id, model, key, label: "" });

/** A specimen's identifier: of one stream, numbered. */
export const codeOf = (n: number): string => `A7K${String(n).padStart(4, "0")}01W`;

function urgencyOf(age: number, hours: number): Urgency {
  return age > hours * HOUR ? "alarm" : age > hours * HOUR * 0.5 ? "warning" : "calm";
}

/** The tube of a number; how far its time has gone follows from the number too. */
export function tube(n: number, source: TubeSource = "dispatched", bag: RecordRef | null = null): HandedTube {
  const panel = PANELS[n % PANELS.length];
  const hours = panel?.hours_to_lab ?? 6;
  const age = Math.round(hours * HOUR * (((n * 37) % 100) / 85));
  const known = source === "dispatched" || source === "undispatched";
  const subject = `066-40-A7K-${String(n % 97).padStart(4, "0")}-H`;
  return {
    identifier: codeOf(n),
    specimen: known ? idOf(`t${n}`) : null,
    participant: known ? `${subject} ${people[n % people.length] ?? ""}` : "",
    panel: source === "unknown" ? "" : (panel?.abbreviation ?? ""),
    tube_type: source === "unknown" ? "" : (panel?.tube_type ?? ""),
    clock:
      source === "unknown" ? null : { age_seconds: age, hours_to_lab: hours, urgency: urgencyOf(age, hours) },
    bag,
    source,
  };
}

export const tubes = (from: number, count: number, source?: TubeSource, bag?: RecordRef): HandedTube[] =>
  Array.from({ length: count }, (_, at) => tube(from + at, source, bag));

/** A tube that a driver may see: nobody's. */
export const anonymous = (one: HandedTube): HandedTube => ({ ...one, participant: "", specimen: null });
