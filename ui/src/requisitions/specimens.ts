/** The specimens of a requisition: one for each container, made from what was said of the drawing. */
import type { FormChange } from "@/generated/rpc";
import { labelValues, type RollLabel } from "./rollLabels";
import type { Value, Values } from "@/components/forms/values";

/** Most containers of one requisition that are made at once; more is a slip that Rust will name. */
const MOST = 99;

/** How many specimens a drawing makes. */
export function itemCount(set: Values): number {
  const count = set["item_count"];
  if (set["is_drawn"] !== true || typeof count !== "number") return 0;
  return Math.min(MOST, Math.max(0, Math.trunc(count)));
}

/** A decimal's n-th part, exact to three places and never more in sum; text that is no decimal stays as it is. */
export function share(volume: Value | undefined, parts: number): Value {
  if (typeof volume !== "string" || parts <= 1) return volume ?? null;
  const match = /^(\d+)(?:\.(\d{1,3}))?$/.exec(volume);
  if (!match) return volume;
  const thousandths = Number(match[1]) * 1_000 + Number((match[2] ?? "").padEnd(3, "0"));
  const part = Math.floor(thousandths / parts);
  const places = String(part % 1_000)
    .padStart(3, "0")
    .replace(/0+$/, "");
  return places === "" ? String(Math.floor(part / 1_000)) : `${Math.floor(part / 1_000)}.${places}`;
}

/** The inserts of a drawn requisition's specimens; `ids` gives one id each. */
export function specimensOf(
  requisition: FormChange,
  ids: string[],
  tubeType: string | undefined,
  labels: RollLabel[] = [],
): FormChange[] {
  const count = itemCount(requisition.set);
  return ids.slice(0, count).map((record, index) => ({
    op: "insert",
    model: "specimen",
    record,
    set: {
      requisition: requisition.record,
      item: index + 1,
      collected_at: requisition.set["drawn_datetime"] ?? null,
      volume_ml: share(requisition.set["estimated_volume"], count),
      condition: "ok",
      ...(tubeType === undefined ? {} : { tube_type: tubeType }),
      ...labelValues(labels[index]),
    },
    reason: requisition.reason,
    source: requisition.source,
  }));
}
