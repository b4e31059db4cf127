/**
 * Hand-overs without Rust. `?handover=some`: one is half done, one waits for the driver, one is closed;
 * `?handover=even`: the first one comes out even. Else there is none.
 */
import type { HandedTube } from "@/generated/rpc";
import { plainIdentifier } from "@/participants/scan";
import { beginBags } from "./bags";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { bagOf, bags } from "./work/bags";
import { idOf } from "./work/day";
import { newId, of, type Kept } from "./work/store";
import {
  begin,
  handlersOf,
  handovers,
  left,
  lineOf,
  refused,
  see,
  shown,
  sign,
  transfers,
  type Transfer,
} from "./work/transfers";
import { tubeOf, work } from "./worksite";

const MOST = 400;
let asScene: Scene | undefined;

const known = (code: string): Kept | undefined =>
  of("specimen").find(
    (one) => plainIdentifier(String(one.fields["specimen_identifier"])) === plainIdentifier(code),
  );
function handed(code: string): HandedTube {
  const kept = known(code);
  if (!kept)
    return {
      identifier: plainIdentifier(code),
      specimen: null,
      participant: "",
      panel: "",
      tube_type: "",
      clock: null,
      bag: null,
      source: null,
    };
  const { identifier, participant, panel, tube_type, age_seconds, hours_to_lab, urgency } = tubeOf(kept);
  const clock = { age_seconds, hours_to_lab, urgency };
  return {
    identifier,
    specimen: kept.id,
    participant,
    panel,
    tube_type,
    clock,
    bag: bagOf(kept),
    source: null,
  };
}

function waiting(): HandedTube[] {
  const open = transfers().filter(({ row }) => row.state !== "closed");
  const named = new Set(open.flatMap(({ lines }) => lines.map(({ tube }) => tube.identifier)));
  const free = of("specimen").filter((one) => one.fields["labelled_at"]);
  const tubes = free.map((one) => handed(String(one.fields["specimen_identifier"])));
  return tubes.filter(({ identifier }) => !named.has(identifier)).sort((a, b) => left(a) - left(b));
}

const toDriver = (id: string, taker: string, place: string, tubes: HandedTube[]): Transfer =>
  begin(id, { stage: "to_carrier", giver: "lesedi", taker, place }, tubes);

function start(scene: Scene): void {
  work(scene);
  beginBags(scene);
  if (asScene === scene) return;
  asScene = scene;
  const wanted = scene.options.get("handover");
  if (wanted !== "some" && wanted !== "even") return;
  const tubes = waiting();
  const closed = toDriver(idOf("h1"), "Tiro Pheko", "Otse", tubes.slice(0, 3));
  const signed = toDriver(idOf("h2"), "Tiro Pheko", "Otse", tubes.slice(3, 5));
  for (const line of [...closed.lines, ...signed.lines]) see(line, "scanned", null);
  sign(closed, "giver", "Lesedi Kgosi");
  sign(closed, "taker", "Tiro Pheko");
  sign(signed, "giver", "Lesedi Kgosi");
  const open = toDriver(idOf("h3"), "Tiro Pheko", "Otse, the clinic by the hill", tubes.slice(5, -2));
  open.lines.forEach((line, at) => (at % 3 === 0 || wanted === "even") && see(line, "scanned", null));
  if (wanted === "some") {
    const [, missing, rejected, , held] = open.lines;
    if (missing) Object.assign(missing, { outcome: "missing", explanation: "not in the bag" });
    if (rejected)
      Object.assign(rejected, { outcome: "rejected", discrepancy: "leaking", explanation: "the lid is wet" });
    if (held) Object.assign(held, { outcome: "held_back", explanation: "to be spun first" });
    const strange = lineOf(handed("B2K0001012"));
    open.lines.push({ ...strange, outcome: "unexpected", explanation: "Thabo gave it to me on the road" });
    Object.assign(open, { seal: "S-004711", seal_intact: true, celsius: "4.5" });
  }
  [closed, signed, open].forEach(shown);
}

function strange(code: string): never {
  if (waiting().some(({ identifier }) => plainIdentifier(identifier) === code))
    refused("late_tube", "This tube is not in this hand-over yet", "It waits here to be handed over.", code);
  return refused("not_expected", "This tube was not expected", "Nobody here expects it.", code);
}

const shared = handlersOf({ handed, strange });

export const handlers: Handlers = {
  ...shared,
  handover: (args, scene) => (start(scene), shared.handover?.(args, scene) ?? refused("not_found", "", "")),
  handovers: (_args, scene) => (start(scene), handovers()),
  waiting_tubes: (_args, scene) => {
    start(scene);
    const tubes = waiting();
    const inside = (id: string) => tubes.filter(({ bag }) => bag?.id === id).length;
    const full = [...bags.values()].filter(({ bag }) => inside(bag.id) > 0);
    return {
      tubes,
      bags: full.map(({ bag, sealed_at }) => ({ bag, tubes: inside(bag.id), closed: sealed_at !== null })),
      unchecked: of("specimen").filter((one) => !one.fields["labelled_at"]).length,
      most: MOST,
    };
  },
  begin_handover: ({ taker, place, bags: chosen, loose }, scene) => {
    start(scene);
    const tubes = waiting().filter(({ bag }) => (bag ? chosen.includes(bag.id) : loose));
    if (tubes.length === 0)
      refused("nothing_to_hand_over", "There is no tube to hand over", "Choose a bag with tubes.");
    return toDriver(newId(), taker, place, tubes);
  },
};
