/**
 * Hand-overs without Rust. `?handover=some`: one is half done, one waits for the driver, one is closed;
 * `?handover=even`: the first one comes out even. Else there is none.
 */
import type {
  Balance,
  HandedTube,
  HandoverLine,
  HandoverRow,
  HandoverView,
  SignatureView,
} from "@/generated/rpc";
import { plainIdentifier } from "@/participants/scan";
import { failure, PlatformFailure } from "../index";
import { beginBags } from "./bags";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { bagOf, bags } from "./work/bags";
import { idOf } from "./work/day";
import { newId, of, type Kept } from "./work/store";
import { tubeOf, work } from "./worksite";

type Fake = Omit<HandoverView, "row" | "lines"> & { row: HandoverRow; lines: HandoverLine[] };
const MOST = 400;
const all = new Map<string, Fake>();
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
    };
  const { identifier, participant, panel, tube_type, age_seconds, hours_to_lab, urgency } = tubeOf(kept);
  const clock = { age_seconds, hours_to_lab, urgency };
  return { identifier, specimen: kept.id, participant, panel, tube_type, clock, bag: bagOf(kept) };
}
const left = ({ clock }: HandedTube): number =>
  clock ? clock.hours_to_lab * 3_600 - clock.age_seconds : Infinity;

function waiting(): HandedTube[] {
  const open = [...all.values()].filter(({ row }) => row.state !== "closed");
  const named = new Set(open.flatMap(({ lines }) => lines.map(({ tube }) => tube.identifier)));
  const free = of("specimen").filter((one) => one.fields["labelled_at"]);
  const tubes = free.map((one) => handed(String(one.fields["specimen_identifier"])));
  return tubes.filter(({ identifier }) => !named.has(identifier)).sort((a, b) => left(a) - left(b));
}

const lineOf = (tube: HandedTube): HandoverLine => ({
  line: newId(),
  tube,
  outcome: "unseen",
  seen_at: null,
  identified_by: null,
  identified_reason: null,
  discrepancy: null,
  explanation: null,
});

function balanceOf({ row, lines }: Fake): Balance {
  const count = (outcome: string) => lines.filter((line) => line.outcome === outcome).length;
  const [matched, missing, rejected, held_back] = [
    count("matched"),
    count("missing"),
    count("rejected"),
    count("held_back"),
  ];
  const { expected } = row.balance;
  const [unseen, unexpected] = [count("unseen"), count("unexpected")];
  const even = unseen === 0 && expected === matched + missing + rejected + held_back;
  return { expected, matched, missing, rejected, held_back, unseen, unexpected, even };
}

function shown(one: Fake): HandoverView {
  one.row.balance = balanceOf(one);
  const holds = one.signatures.filter((signature) => signature.holds).length;
  one.row.state = holds === 2 ? "closed" : one.signatures.length > 0 ? "signed" : "open";
  one.lines.sort((a, b) => left(a.tube) - left(b.tube));
  return one;
}

function begin(id: string, taker: string, place: string, tubes: HandedTube[]): Fake {
  const number = (all.size + 1).toString(32).toUpperCase().padStart(4, "0");
  const transfer = { id, model: "custody_transfer", key: `T-A7K-${number}-X`, label: place };
  const balance = { expected: tubes.length } as Balance;
  const handed_at = new Date().toISOString();
  const row = {
    transfer,
    stage: "to_carrier",
    giver: "lesedi",
    taker,
    place,
    handed_at,
    state: "open",
  } as const;
  const details = { seal: "", seal_intact: null, celsius: "", comments: "" };
  const made: Fake = {
    ...details,
    row: { ...row, stale: false, balance },
    lines: tubes.map(lineOf),
    signatures: [],
  };
  all.set(id, made);
  shown(made);
  return made;
}

const sign = (one: Fake, side: string, name: string): void => {
  const signature: SignatureView = {
    id: newId(),
    side,
    name,
    user: side === "giver" ? "lesedi" : "tiro",
    signed_at: new Date().toISOString(),
    holds: true,
  };
  one.signatures.push(signature);
};

function start(scene: Scene): void {
  work(scene);
  beginBags(scene);
  if (asScene === scene) return;
  asScene = scene;
  const wanted = scene.options.get("handover");
  if (wanted !== "some" && wanted !== "even") return;
  const tubes = waiting();
  const closed = begin(idOf("h1"), "Tiro Pheko", "Otse", tubes.slice(0, 3));
  const signed = begin(idOf("h2"), "Tiro Pheko", "Otse", tubes.slice(3, 5));
  for (const line of [...closed.lines, ...signed.lines]) see(line, "scanned", null);
  sign(closed, "giver", "Lesedi Kgosi");
  sign(closed, "taker", "Tiro Pheko");
  sign(signed, "giver", "Lesedi Kgosi");
  const open = begin(idOf("h3"), "Tiro Pheko", "Otse, the clinic by the hill", tubes.slice(5, -2));
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

function see(line: HandoverLine, by: string, reason: string | null): void {
  const seen_at = new Date().toISOString();
  Object.assign(line, {
    outcome: "matched",
    seen_at,
    identified_by: by,
    identified_reason: reason,
    explanation: null,
  });
}

function refused(what: string, title: string, detail: string, code = ""): never {
  throw new PlatformFailure({ ...failure(what, { code }), title, detail });
}

const named = (id: string): Fake =>
  all.get(id) ?? refused("not_found", "It is not here", "It may have been given up.");
const rows = (closed: boolean) =>
  [...all.values()]
    .map((one) => shown(one).row)
    .filter(({ state }) => (state === "closed") === closed)
    .reverse();

function read(code: string): string {
  const plain = plainIdentifier(code);
  if (!/^[0-9A-Z]{10,}$/.test(plain))
    refused(
      "unreadable_label",
      "This is not the code of a tube",
      `${code} is too short for a specimen.`,
      code,
    );
  return plain;
}
const lineWith = (one: Fake, code: string) =>
  one.lines.find(({ tube }) => plainIdentifier(tube.identifier) === code);

export const handlers: Handlers = {
  handovers: (_args, scene) => (start(scene), { open: rows(false), closed: rows(true) }),
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
    return begin(newId(), taker, place, tubes);
  },
  handover: ({ transfer }, scene) => (start(scene), shown(named(transfer))),
  add_late_tubes: ({ transfer, tubes }) => {
    const one = named(transfer);
    one.lines.push(...tubes.map((code) => lineOf(handed(code))));
    one.row.balance.expected += tubes.length;
    return shown(one);
  },
  see_tube: ({ transfer, code: scanned, by, reason }) => {
    const one = named(transfer);
    const code = read(scanned);
    const line = lineWith(one, code);
    if (!line) {
      if (waiting().some(({ identifier }) => plainIdentifier(identifier) === code))
        refused(
          "late_tube",
          "This tube is not in this hand-over yet",
          "It waits here to be handed over.",
          code,
        );
      refused("not_expected", "This tube was not expected", "Nobody here expects it.", code);
    }
    if (line.outcome !== "unseen" && line.outcome !== "missing")
      refused("seen_already", "This tube was seen already", "Each tube is counted once.", code);
    see(line, by, reason);
    return { line, balance: shown(one).row.balance };
  },
  unexpected_tube: ({ seen, explanation, discrepancy }) => {
    const one = named(seen.transfer);
    const line = lineOf(handed(seen.code));
    see(line, seen.by, seen.reason);
    one.lines.push({ ...line, outcome: "unexpected", explanation, discrepancy });
    return shown(one);
  },
  tube_outcome: ({ transfer, line: id, outcome, discrepancy, reason }) => {
    const one = named(transfer);
    const line = one.lines.find((other) => other.line === id);
    if (line?.outcome === "unexpected") one.lines = one.lines.filter((other) => other.line !== id);
    else if (line) {
      const explanation = outcome === "unseen" ? null : reason;
      Object.assign(line, { outcome, discrepancy, explanation });
      if (outcome === "unseen" || outcome === "missing")
        Object.assign(line, { seen_at: null, identified_by: null, identified_reason: null });
    }
    return shown(one);
  },
  handover_details: ({ transfer, seal, seal_intact, celsius, comments }) =>
    shown(Object.assign(named(transfer), { seal, seal_intact, celsius, comments })),
  sign_handover: ({ transfer, side, name, passphrase }) => {
    const one = named(transfer);
    if (passphrase.includes("wrong"))
      throw new PlatformFailure({
        ...failure("wrong_passphrase", { left: "4", wait_seconds: "1" }),
        title: "The name or passphrase is wrong",
        detail: "4 attempts are left.",
      });
    sign(one, side, name);
    return shown(one);
  },
  void_handover_signature: ({ transfer, signature }) => {
    const one = named(transfer);
    one.signatures = one.signatures.filter(({ id }) => id !== signature);
    return shown(one);
  },
  cancel_handover: ({ transfer }) => {
    all.delete(transfer);
    return { open: rows(false), closed: rows(true) };
  },
};
