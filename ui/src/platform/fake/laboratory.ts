/**
 * The laboratory's pages without Rust, on a server. `?lab=none`: nothing has come; `?lab=many`: hundreds of tubes;
 * `?lab=even`: the delivery comes out even; `?lab=plain`: names
 * for pictures in documents; `?lab=failing`: the server refuses every list. Else a usual day.
 */
import type {
  Announcement,
  Delivery,
  HandedTube,
  MissingTubes,
  MissingTubeView,
  ReceivedTube,
  ReceivedTubes,
} from "@/generated/rpc";
import { plainIdentifier } from "@/participants/scan";
import { failure, PlatformFailure } from "../index";
import { handlers as field } from "./handover";
import type { Handlers } from "./index";
import { ago } from "./sample";
import type { Scene } from "./scene";
import { idOf } from "./work/day";
import { anonymous, codeOf, GIVERS, LONG, plainNames, ref, tube, tubes } from "./work/lab";
import { newId } from "./work/store";
import {
  begin,
  handlersOf,
  handovers,
  left,
  lineOf,
  refused,
  see,
  sign,
  type Transfer,
} from "./work/transfers";

const LAB = "Mochudi clinic";
const TAKER = "Boitumelo Seretse";
/** Tubes whose data are here and that nobody has dispatched. */
const UNDISPATCHED = new Set([codeOf(901), codeOf(902)]);
/** One that was missed before and turns up. */
const FOUND = codeOf(903);

let asScene: Scene | undefined;
let deliveries: Delivery[] = [];
let announced: Announcement[] = [];
let received: ReceivedTubes = { undecided: [], decided: [] };
let missing: MissingTubes = { open: [], found: [], given_up: [], people: [] };

const byUrgency = (all: HandedTube[]): HandedTube[] => [...all].sort((a, b) => left(a) - left(b));
const bag = (n: number) => ref(idOf(`b${n}`), "bag", `M-A7K-000${n}-T`);

function delivery(driver: string, n: number, all: HandedTube[], changes: Partial<Delivery> = {}): Delivery {
  const sorted = byUrgency(all);
  const bags = [...new Map(all.flatMap((one) => (one.bag ? [[one.bag.id, one.bag] as const] : []))).values()];
  return {
    driver,
    transfers: [ref(idOf(`d${n}`), "custody_transfer", `T-A7K-000${n}-X`)],
    givers: [GIVERS[n % GIVERS.length] ?? ""],
    places: ["Otse"],
    handed_at: ago(5_400 * n),
    due_at: sorted[0]?.clock ? ago(-left(sorted[0])) : null,
    signed: n !== 2,
    bags,
    tubes: sorted,
    ...changes,
  };
}

function receivedTube(n: number, changes: Partial<ReceivedTube> = {}): ReceivedTube {
  return {
    tube: tube(n),
    state: "received",
    delivery: ref(idOf("r1"), "custody_transfer", "T-LAB-0001-X"),
    received_at: ago(2_400 + n),
    discrepancy: null,
    explanation: null,
    decided_at: null,
    decided_by: null,
    ...changes,
  };
}

const decided = (n: number, state: string, discrepancy: string | null, explanation: string | null) =>
  receivedTube(n, { state, discrepancy, explanation, decided_at: ago(900), decided_by: "Boitumelo Seretse" });

const HOUR = 3_600;
function missed(n: number, hours: number, changes: Partial<MissingTubeView> = {}): MissingTubeView {
  return {
    tube: tube(n),
    why: n % 2 === 0 ? "missed" : "overdue",
    since: ago(hours * HOUR),
    age_seconds: hours * HOUR,
    state: n % 2 === 0 ? "missing" : "with_carrier",
    last_with: GIVERS[n % GIVERS.length] ?? "",
    transfer: n % 2 === 0 ? ref(idOf("r1"), "custody_transfer", "T-LAB-0001-X") : null,
    owner: "",
    note: "",
    conclusion: null,
    ...changes,
  };
}

function usual(): void {
  deliveries = [
    delivery("Tiro Pheko", 1, [...tubes(1, 8, "dispatched", bag(1)), ...tubes(9, 4, "dispatched", bag(2))], {
      givers: [GIVERS[0] ?? "", GIVERS[1] ?? ""],
      places: ["Otse", "Mankgodi, the kgotla"],
    }),
    delivery(LONG, 2, tubes(20, 3, "dispatched")),
    delivery("=cmd()|'/C calc' 😀", 3, [...tubes(30, 2), ...tubes(32, 1, "announced")], { due_at: null }),
  ];
  announced = [{ device: "laptop-07", at: ago(1_500), tubes: byUrgency(tubes(40, 4, "announced")) }];
  received = {
    undecided: [
      ...Array.from({ length: 9 }, (_, at) => receivedTube(60 + at)),
      receivedTube(69, { tube: tube(69, "unknown"), explanation: "Brought without data" }),
      receivedTube(70, { tube: tube(70, "undispatched"), explanation: `She walked in. ${"x".repeat(300)}` }),
    ].sort((a, b) => left(a.tube) - left(b.tube)),
    decided: [
      decided(80, "recollection_requested", "haemolysed", "all of it is red"),
      decided(81, "rejected", "short_volume", "less than 1 mL"),
      decided(82, "accepted", null, null),
      decided(83, "accepted", null, null),
    ],
  };
  missing = {
    open: [
      missed(90, 100, { owner: "Boitumelo Seretse", note: "Asked Tiro; he looks in the car. =cmd()" }),
      missed(91, 60),
      missed(92, 30, { owner: "Kabo Molefe", note: "y".repeat(300) }),
      missed(93, 5, { last_with: LONG }),
    ],
    found: [missed(94, 20, { state: "received", owner: "Boitumelo Seretse" })],
    given_up: [missed(96, 200, { owner: "Kabo Molefe", note: "the car burned out", conclusion: "lost" })],
    people: ["Boitumelo Seretse", "Kabo Molefe", "שרה לוי"],
  };
}

function plain(): void {
  plainNames();
  usual();
  const second = delivery("Mpho Kgosi", 2, tubes(20, 3), {
    givers: ["Lesedi Motswagole"],
    places: ["Mochudi"],
  });
  deliveries = [...deliveries.slice(0, 1), second];
  const short = ({ explanation }: ReceivedTube) => (explanation ?? "").length < 100;
  received.undecided = received.undecided.filter(short);
  missing.open = missing.open.map((one) => ({
    ...one,
    last_with: "Tiro Pheko",
    note: one.owner ? "Asked Tiro; he looks in the car." : "",
  }));
}

function many(): void {
  const all = tubes(1, 500, "dispatched", bag(1));
  deliveries = [delivery("Tiro Pheko", 1, all)];
  const rows = Array.from({ length: 500 }, (_, at) => receivedTube(1_000 + at));
  received = {
    undecided: rows.sort((a, b) => left(a.tube) - left(b.tube)),
    decided: Array.from({ length: 500 }, (_, at) => decided(2_000 + at, "accepted", null, null)),
  };
  const open = Array.from({ length: 500 }, (_, at) => missed(3_000 + at, 600 - at));
  missing = { ...missing, open, people: ["Boitumelo Seretse"] };
}

/** A delivery under way, one that the laboratory has signed, and one that is closed. */
function deliver(even: boolean): void {
  const at = { stage: "to_laboratory", giver: "Tiro Pheko", taker: TAKER, place: LAB } as const;
  const closed = begin(idOf("r1"), at, tubes(60, 3));
  const signed = begin(idOf("r2"), at, tubes(110, 2));
  for (const line of [...closed.lines, ...signed.lines]) see(line, "scanned", null);
  for (const one of [closed, signed]) sign(one, "taker", "Boitumelo Seretse");
  sign(closed, "giver", "Tiro Pheko");
  const open = begin(idOf("r3"), at, [...tubes(120, 9, "dispatched", bag(4)), ...tubes(130, 2, "announced")]);
  open.lines.forEach((line, n) => (even || n % 3 === 0) && see(line, "scanned", null));
  Object.assign(open, { seal: "S-004712", seal_intact: true, celsius: "6.5" });
  if (even) return;
  const [, rejected, gone] = open.lines;
  if (rejected) {
    const wrong = { discrepancy: "haemolysed", explanation: "all of it is red", recollect: true };
    Object.assign(rejected, { outcome: "rejected", ...wrong });
  }
  if (gone) Object.assign(gone, { outcome: "missing", explanation: "not in the bag" });
  const extra = lineOf(tube(904, "undispatched"));
  const unknown = lineOf(tube(905, "unknown"));
  open.lines.push({ ...extra, outcome: "unexpected", explanation: "Brought without a dispatch" });
  open.lines.push({ ...unknown, outcome: "unexpected", explanation: "Brought without data" });
}

function start(scene: Scene): void {
  const wanted = scene.options.get("lab");
  if (wanted === "failing") throw new PlatformFailure(failure("server_gone"));
  if (asScene === scene) return;
  asScene = scene;
  if (wanted === "none") return;
  usual();
  if (wanted === "plain") plain();
  if (wanted === "many") many();
  deliver(wanted === "even");
}

function handed(code: string): HandedTube {
  const all = [...deliveries, ...announced].flatMap((one) => one.tubes);
  const known = all.find(({ identifier }) => identifier === code);
  if (known) return known;
  const n = Number(/^A7K(\d{4})/.exec(code)?.[1] ?? 0);
  if (UNDISPATCHED.has(code)) return tube(n, "undispatched");
  return code === FOUND ? tube(n) : { ...tube(n, "unknown"), identifier: plainIdentifier(code) };
}

function strange(code: string): never {
  const known = [...deliveries, ...announced].flatMap((one) => one.tubes);
  if (code === FOUND) refused("found_tube", "This tube was missing", "It was missing and is found.", code);
  if (known.some(({ identifier }) => identifier === code))
    refused(
      "late_tube",
      "This tube is not in this delivery yet",
      "It was dispatched by another hand-over.",
      code,
    );
  if (UNDISPATCHED.has(code))
    refused(
      "no_dispatch",
      "This tube came with no dispatch",
      "Its data are here, and nobody has dispatched it.",
      code,
    );
  return refused(
    "no_data",
    "Nothing is known of this tube",
    "Neither its data nor a dispatch have come.",
    code,
  );
}

const shared = handlersOf({ handed, strange, givers: ["Tiro Pheko", ...GIVERS] });

function decide(code: string, changes: Partial<ReceivedTube>): void {
  const same = ({ tube: one }: ReceivedTube) => plainIdentifier(one.identifier) === plainIdentifier(code);
  const found = [...received.undecided, ...received.decided].find(same);
  if (!found) refused("not_received", "This tube was not received", "Receive it in a delivery first.", code);
  received.undecided = received.undecided.filter((one) => !same(one));
  const others = received.decided.filter((one) => !same(one));
  const by = { decided_at: new Date().toISOString(), decided_by: "Boitumelo Seretse" };
  received.decided = [{ ...(found as ReceivedTube), ...changes, ...by }, ...others];
}

/** What a delivery has: on the road no more. */
function taken(one: Transfer): void {
  const inside = new Set(one.lines.map((line) => line.tube.identifier));
  for (const each of [...deliveries, ...announced])
    each.tubes = each.tubes.filter(({ identifier }) => !inside.has(identifier));
  deliveries = deliveries.filter(({ tubes: all }) => all.length > 0);
  announced = announced.filter(({ tubes: all }) => all.length > 0);
}

const laboratory: Handlers = {
  ...shared,
  arriving: (_args, scene) => {
    start(scene);
    const open = handovers().open;
    const driver = scene.options.get("areas") === "driver";
    if (!driver) return { deliveries, announced, with_assistants: deliveries.length > 0 ? 17 : 0, open };
    const own = deliveries.slice(0, 1).map((one) => ({ ...one, tubes: one.tubes.map(anonymous) }));
    return { deliveries: own, announced: [], with_assistants: 0, open: [] };
  },
  begin_delivery: ({ giver, place, transfers: chosen, tubes: codes }, scene) => {
    start(scene);
    const expected = deliveries
      .filter((one) => one.transfers.some(({ id }) => chosen.includes(id)))
      .flatMap((one) => one.tubes);
    const at = { stage: "to_laboratory", giver, taker: TAKER, place } as const;
    const made = begin(newId(), at, [...expected, ...codes.map(handed)]);
    taken(made);
    return made;
  },
  received_tubes: (_args, scene) => (start(scene), received),
  decide_tubes: ({ tubes: codes, decision, discrepancy, explanation }, scene) => {
    start(scene);
    const state = decision === "recollect" ? "recollection_requested" : decision;
    for (const code of codes) decide(code, { state, discrepancy, explanation: explanation || null });
    return received;
  },
  missing_tubes: (_args, scene) => (start(scene), missing),
  chase_tube: ({ tube: code, owner, note, conclusion }, scene) => {
    start(scene);
    const all = [...missing.open, ...missing.given_up];
    const found = all.find((one) => one.tube.identifier === code);
    const others = (rows: MissingTubeView[]) => rows.filter((one) => one !== found);
    if (!found) return missing;
    const changed = { ...found, owner, note, conclusion };
    const open = conclusion
      ? others(missing.open)
      : missing.open.map((one) => (one === found ? changed : one));
    if (!conclusion && !open.includes(changed)) open.push(changed);
    const given_up = conclusion ? [changed, ...others(missing.given_up)] : others(missing.given_up);
    missing = { ...missing, open, given_up };
    return missing;
  },
};

/** The commands that a laptop has too, by whoever's world this is. */
const both = Object.fromEntries(
  [...Object.keys(shared), "handovers"].map((name) => {
    const key = name as keyof Handlers;
    const pick = (scene: Scene) =>
      (scene.host === "server" ? { ...laboratory, handovers: () => handovers() } : field)[key];
    return [
      name,
      (args: never, scene: Scene) => {
        if (scene.host === "server") start(scene);
        return (pick(scene) as (args: never, scene: Scene) => unknown)(args, scene);
      },
    ];
  }),
) as Handlers;

export const handlers: Handlers = { ...laboratory, ...both };
