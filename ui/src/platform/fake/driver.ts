/**
 * Two laptops that meet, without Rust. `?carrier` is a driver's laptop; `?collect=some` has met and carries, `?collect=full`
 * is full and was refused; `?nearby=some` finds drivers.
 */
import type { CarriedLoad, CollectView, HandOverView, MeetingView, OfferView } from "@/generated/rpc";
import { failure, PlatformFailure } from "../index";
// A real code of the address below; the real page gets its own from Rust.
import PICTURE from "./carrier.svg?raw";
import type { Handlers } from "./index";
import { ago } from "./sample";
import type { Scene } from "./scene";

const ROOM = 512 * 1024 * 1024;
const LONG =
  "Laptop of the northern villages beyond the river, with a name of more letters than any screen has room for";
const IDLE: HandOverView = {
  phase: "idle",
  carrier: "",
  digits: "",
  receipts: 0,
  bundles: 0,
  bytes: 0,
  entries_left: 0,
  tubes: 0,
  to_sign: 0,
  signed: 0,
  counted: 0,
  failure: null,
};
let handing: HandOverView = { ...IDLE };
let asked = 0;
let on = false;
let meetings: MeetingView[] = [];
let tried = false;

function begin(scene: Scene): void {
  if (on || meetings.length > 0 || !scene.options.get("collect")) return;
  on = true;
  const meeting = (id: string, name: string, stage: MeetingView["stage"], bundles: number): MeetingView => ({
    meeting: id,
    name,
    digits: "484 003",
    stage,
    bundles,
    bytes: bundles * 9_400,
    began_at: ago(90),
  });
  meetings = [meeting("1", "lesedi-laptop", "compare", 0), meeting("2", LONG, "finished", 4)];
}

function load(name: string, pending: number, refused: string | null, hours: number[]): CarriedLoad {
  return {
    author:
      name.length < 20 ? "01980000-0000-7000-8000-0000000000a1" : "01980000-0000-7000-8000-0000000000a2",
    name,
    met_at: ago(5_400),
    pending,
    bytes: pending * 9_400,
    delivered: pending > 0 ? 0 : 4,
    delivered_at: pending > 0 ? null : ago(600),
    refused,
    receipt: pending === 0,
    manifest_at: ago(5_500),
    manifest: 3,
    tubes: hours.map((age, index) => ({
      specimen: `A01000${index + 1}01W`,
      panel: ["VL", "CD4", "FBC"][index % 3] ?? "VL",
      tube_type: "edta",
      state: index === 0 ? "collected" : "packed",
      age_seconds: age * 3_600,
      hours_to_lab: 4,
      urgency: age >= 4 ? "alarm" : age >= 2 ? "warning" : "calm",
    })),
  };
}

function view(scene: Scene): CollectView {
  begin(scene);
  const kind = scene.options.get("collect");
  const refused = "The laptop that wrote it was revoked. What it wrote is kept apart at the server.";
  const loads = kind
    ? [
        load("lesedi-laptop", 3, null, [5, 3, 1]),
        load(LONG, 0, kind === "full" && !tried ? refused : null, [2]),
      ]
    : [];
  return {
    on,
    announced: kind !== "full",
    places: on
      ? [
          {
            host: "192.168.43.7:8444",
            address: `tsela-carrier:192.168.43.7:8444#${"9a".repeat(32)}`,
            qr_svg: PICTURE,
          },
        ]
      : [],
    meetings: on ? meetings : [],
    carried_bytes: kind === "full" ? ROOM - 40_000 : kind ? 28_200 : 0,
    room_bytes: ROOM,
    pending: kind ? 3 : 0,
    loads,
  };
}

/** What the driver has counted otherwise than it is to be signed. */
const OTHERWISE = [
  { tube: "A01000101W", here: "matched", counted: "missing" },
  { tube: "A01000401P", here: "", counted: "matched" },
];
const OFFERED: OfferView = {
  transfer: "01980000-0000-7000-8000-00000000d001",
  from: "lesedi-laptop",
  identifier: "T-A01-0001-K",
  giver: "Lesedi O’Brien",
  taker: "Tiro Pheko",
  place: "Otse",
  handed_at: ago(1_200),
  seal: "S-004711",
  celsius: "5.5",
  comments: "",
  balance: {
    expected: 3,
    matched: 1,
    missing: 1,
    rejected: 1,
    held_back: 0,
    unseen: 0,
    unexpected: 1,
    even: true,
  },
  differs: [],
  tubes: [
    {
      tube: "A01000101W",
      panel: "VL",
      clock: { age_seconds: 6 * 3_600 + 1_500, hours_to_lab: 8, urgency: "warning" },
      outcome: "matched",
      identified_by: "scanned",
      discrepancy: "",
      explanation: "",
    },
    {
      tube: "A01000201X",
      panel: "CD4",
      clock: { age_seconds: 3_000, hours_to_lab: 24, urgency: "calm" },
      outcome: "missing",
      identified_by: "",
      discrepancy: "",
      explanation: "It was not in the bag.",
    },
    {
      tube: "A01000301Y",
      panel: "",
      clock: null,
      outcome: "rejected",
      identified_by: "by_hand",
      discrepancy: "leaking",
      explanation: "The label was wet.",
    },
    {
      tube: "",
      panel: "",
      clock: null,
      outcome: "unexpected",
      identified_by: "by_hand",
      discrepancy: "unlabelled",
      explanation: "It lay beside the bag, and nobody knows whose it is.",
    },
  ],
  given_at: ago(900),
  signed_by: "",
  signed_at: null,
};
let offer = { ...OFFERED };

export const handlers: Handlers = {
  offers: (_, scene) => {
    const differs = scene.options.has("otherwise") && offer.signed_at === null ? OTHERWISE : [];
    return scene.options.get("collect") ? [{ ...offer, differs }] : [];
  },
  countersign({ name, passphrase }) {
    if (passphrase === "wrong") throw new PlatformFailure(failure("wrong_passphrase", { left: "4" }));
    offer = { ...offer, signed_by: name, signed_at: ago(0) };
    return [offer];
  },
  collecting: (_, scene) => view(scene),
  collect(args, scene) {
    begin(scene);
    on = args.on;
    return view(scene);
  },
  answer_meeting({ meeting, same }, scene) {
    meetings = meetings.map((one) =>
      one.meeting === meeting ? { ...one, stage: same ? "agreed" : "declined" } : one,
    );
    return view(scene);
  },
  carry_again(_, scene) {
    tried = true;
    return view(scene);
  },
  carriers_nearby: (_, scene) =>
    scene.options.get("nearby") === "some"
      ? [
          { name: "driver-1", host: "192.168.43.7:8444", address: "tsela-carrier:192.168.43.7:8444" },
          { name: LONG, host: "10.0.0.4:8444", address: "tsela-carrier:10.0.0.4:8444" },
        ]
      : [],
  meet_carrier({ address }) {
    if (!/:\d+/.test(address))
      throw new PlatformFailure({
        ...failure("carrier_address", {}),
        title: "This is not a driver's address",
        detail: `"${address}" is not the address of a driver's laptop: it looks like 192.168.43.7:8444, as the driver's screen shows it.`,
        action: "Correct it.",
      });
    handing = { ...IDLE, phase: "compare", carrier: "driver-1", digits: "484 003" };
    return handing;
  },
  answer_digits({ same }) {
    asked = 0;
    handing = same ? { ...handing, phase: "waiting" } : { ...IDLE };
    return handing;
  },
  handing_over(_, scene) {
    if (handing.phase === "waiting" && !scene.options.has("waits") && ++asked > 1)
      handing = { ...handing, phase: "sending", bundles: 2, bytes: 18_800, entries_left: 61 };
    else if (handing.phase === "sending" && scene.options.has("to_sign"))
      handing = {
        ...handing,
        phase: "signing",
        bundles: 4,
        bytes: 37_600,
        entries_left: 0,
        tubes: 10,
        to_sign: 2,
        signed: 1,
      };
    else if (handing.phase === "sending" && ++asked > 3)
      handing = {
        ...handing,
        phase: "done",
        bundles: 4,
        bytes: 37_600,
        entries_left: 0,
        receipts: 1,
        tubes: 10,
      };
    return handing;
  },
};
