/**
 * Tubes counted on a driver's laptop, without Rust. `?counted`: beside an open hand-over is what a driver has counted;
 * `?newer`: a newer list exists.
 */
import type { CountList, HandedTube } from "@/generated/rpc";
import type { Handlers } from "./index";
import { ago } from "./sample";
import { begin, lineOf, see, shown, transfers, type Transfer } from "./work/transfers";

const COUNT = "01980000-0000-7000-8000-00000000c001";
const LATE = "A010004014";
const listed = (identifier: string, hours: number): HandedTube => ({
  identifier,
  specimen: null,
  participant: "",
  panel: "VL",
  tube_type: "edta",
  clock: {
    age_seconds: hours * 3_600,
    hours_to_lab: 4,
    urgency: hours >= 4 ? "alarm" : hours >= 2 ? "warning" : "calm",
  },
  bag: null,
  source: null,
});
let number = 3;
let taken = false;

const find = (id: string): Transfer | undefined => transfers().find(({ row }) => row.transfer.id === id);
function counting(): Transfer {
  const made =
    find(COUNT) ??
    begin(COUNT, { stage: "to_carrier", giver: "lesedi-laptop", taker: "tiro", place: "" }, [
      listed("A01000101W", 5),
      listed("A010002013", 3),
      listed("A01000301A", 1),
    ]);
  made.row.transfer.key = "lesedi-laptop";
  return made;
}

function list(hasNewer: boolean): CountList {
  const newer = hasNewer && number === 3;
  return {
    number,
    at: ago(number === 3 ? 5_500 : 60),
    newer_number: newer ? 4 : null,
    newer_at: newer ? ago(60) : null,
    more: newer ? [LATE] : [],
    gone: newer ? ["A01000301A"] : [],
  };
}

export const handlers: Handlers = {
  begin_count: () => shown(counting()),
  count_list: (_, scene) => list(scene.options.has("newer")),
  count_newer() {
    number = 4;
    const one = counting();
    const tube = listed(LATE, 1);
    one.lines = one.lines.filter(
      (line) => line.tube.identifier !== "A01000301A" || line.outcome !== "unseen",
    );
    if (!one.lines.some((line) => line.tube.identifier === LATE)) one.lines.push(lineOf(tube));
    one.row.balance.expected = one.lines.filter((line) => line.outcome !== "unexpected").length;
    return shown(one);
  },
  counted({ transfer }, scene) {
    if (!scene.options.has("counted")) return [];
    const lines = transfer ? (find(transfer)?.lines ?? []) : [];
    const unseen = lines.filter((line) => line.outcome === "unseen");
    const missing = lines.find((line) => line.outcome === "missing");
    return [
      {
        count: COUNT,
        carrier: "driver-1",
        by: "Tiro Pheko",
        begun_at: ago(900),
        changed_at: ago(120),
        manifest: 3,
        manifest_at: ago(5_500),
        balance: {
          expected: 10,
          matched: 9,
          missing: 1,
          rejected: 0,
          held_back: 0,
          unseen: 0,
          unexpected: 0,
          even: true,
        },
        to_take: taken ? 0 : unseen.length,
        differs: missing ? [{ tube: missing.tube.identifier, here: "missing", counted: "matched" }] : [],
        elsewhere: [],
        not_counted: [],
      },
    ];
  },
  take_count({ transfer }) {
    taken = true;
    const one = find(transfer) ?? counting();
    for (const line of one.lines) if (line.outcome === "unseen") see(line, "scanned", null);
    return shown(one);
  },
};
