/** The server's pages. */
import type {
  ConflictRow,
  DeviceRow,
  ForkRow,
  HeldRow,
  ServerCounts,
  ServerState,
  ServerUser,
} from "@/generated/rpc";
import { isoDay } from "@/components/forms/parse";
import type { Handlers } from "./index";
import { ago, detail, history, row, rows } from "./sample";
import type { Scene } from "./scene";
import { handlers as worksite } from "./worksite";

/** More than a page shows. */
const FINDINGS = 131;

const codes = [
  {
    created_at: ago(3_000),
    created_by: "Dr “Admin” Sebina",
    expires_at: ago(-80_000),
    role: "field",
    note: "inventory 4411",
    state: "open",
    used_by: null,
  },
  {
    created_at: ago(90_000),
    created_by: "Dr “Admin” Sebina",
    expires_at: ago(3_600),
    role: "field",
    note: "",
    state: "used",
    used_by: "laptop-07",
  },
  {
    created_at: ago(900_000),
    created_by: "Dr “Admin” Sebina",
    expires_at: ago(800_000),
    role: "relay",
    note: "driver",
    state: "expired",
    used_by: null,
  },
];

const devices: DeviceRow[] = ["laptop-07", "laptop-11", `laptop-${"x".repeat(200)}`, "driver-02"].map(
  (name, i) => ({
    device: `01980000-0000-7000-8000-00000000dd0${i}`,
    name,
    role: i === 3 ? "relay" : "field",
    users: i === 1 ? ["Thabo O’Reilly-Kgosi", "نور الهدى"] : ["Lesedi Motswagole"],
    streams: [
      {
        code: `A0${i}`,
        stored_through: 1_240 + i,
        applied_through: 1_240 - i,
        state: i === 2 ? "forked" : "open",
      },
    ],
    enrolled_at: ago(900_000),
    last_heard_at: i === 3 ? null : ago(300 * (i + 1) ** 4),
    last_sent_at: i === 3 ? null : ago(400 * (i + 1) ** 4),
    last_sent: i === 3 ? "" : `17 entries, A0${i} 1–17`,
    clock_drift_seconds: [2, -31_536_000, 240, null][i] ?? null,
    revoked_at: i === 2 ? ago(86_400) : null,
    credential_until: i === 1 ? ago(86_400) : ago(-60_000_000),
    expired: i === 1,
    app: "tsela 0.1.0",
  }),
);

const authors = Object.fromEntries(history().map((line) => [line.dot, `${line.user_name} · ${line.device}`]));
const few = (scene: Scene) => scene.options.get("empty") !== null;

const held = (scene: Scene): HeldRow[] =>
  few(scene)
    ? []
    : [
        {
          stream: "A01",
          seq: 14,
          device: "laptop-07",
          reason: "unknown model custody_transfer (version 2)",
          since: ago(90_000),
          age_seconds: 90_000,
        },
        {
          stream: "B02",
          seq: 3,
          device: "laptop-11",
          reason: "its save is held with entry B02:2",
          since: ago(4_000),
          age_seconds: 4_000,
        },
      ];

const conflicts = (scene: Scene): ConflictRow[] =>
  few(scene) ? [] : [{ record: row(), conflicts: detail().conflicts, authors }];

const forks = (scene: Scene): ForkRow[] =>
  few(scene)
    ? []
    : [
        {
          stream: "A02",
          device: "laptop-12",
          kind: "fork",
          seq: 41,
          entries: 3,
          noticed_at: ago(7_200),
          admissible: [],
          closed: null,
          advice:
            "Ask whose laptop was copied. Let it begin a new stream, then decide which version of entry 41 is right.",
        },
        {
          stream: "A09",
          device: "laptop-11",
          kind: "revoked",
          seq: 118,
          entries: 12,
          noticed_at: ago(90_000),
          admissible: [121, 129],
          closed: null,
          advice: "Entries came after the device was revoked.",
        },
        {
          stream: "B03",
          device: "laptop-04",
          kind: "fork",
          seq: 7,
          entries: 1,
          noticed_at: ago(900_000),
          admissible: [],
          closed: { at: ago(800_000), by: "Dr “Admin” Sebina", reason: "A disk was put back; compared." },
          advice: "",
        },
      ];

/** What waits, counted as the server does: devices not revoked, and what nobody has closed. */
const counts = (scene: Scene): ServerCounts => ({
  devices: devices.filter((device) => !device.revoked_at).length,
  held: held(scene).length,
  findings: FINDINGS,
  conflicts: conflicts(scene).length,
  forks: forks(scene).filter((fork) => !fork.closed).length,
});

/** Which parts of the pages the person has: `?areas=laboratory`. */
const areasOf = (scene: Scene): string[] =>
  (scene.options.get("areas") ?? "desk laboratory").split(/[ ,]/).filter(Boolean);

function userOf(scene: Scene): ServerUser {
  const [area] = areasOf(scene);
  if (area === "laboratory") return { name: "Boitumelo Seretse", role: "lab_assistant" };
  if (area === "driver") return { name: "Tiro Pheko", role: "driver" };
  return { name: "Dr “Admin” Sebina", role: "administrator" };
}

function state(scene: Scene): ServerState {
  const signedIn = scene.phase === "open";
  return {
    study: "Bophelo Household Study",
    demonstration: true,
    server: "Mochudi clinic",
    version: "0.1.0",
    now: new Date().toISOString(),
    today: isoDay(new Date()),
    user: signedIn ? userOf(scene) : null,
    incarnation: "7K3M",
    counts: signedIn ? counts(scene) : null,
    areas: signedIn ? areasOf(scene) : [],
  };
}

const qr = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21">${Array.from(
  { length: 441 },
  (_, i) => ((i * 7919) % 13 < 6 ? `<path d="M${i % 21} ${Math.floor(i / 21)}h1v1h-1z"/>` : ""),
).join("")}</svg>`;

export const handlers: Handlers = {
  server_state: (_args, scene) => state(scene),
  server_sign_in: (_args, scene) => ((scene.phase = "open"), state(scene)),
  server_sign_out: (_args, scene) => ((scene.phase = "sign_in"), state(scene)),
  server_forms: (_args, scene) => worksite.forms?.({}, scene) ?? { models: [], panels: [] },
  devices: () => devices,
  revoke: ({ device }) => {
    const found = devices.find((one) => one.device === device);
    if (found) found.revoked_at = ago(0);
    return devices;
  },
  renew: ({ device }) => {
    const found = devices.find((one) => one.device === device);
    if (found) Object.assign(found, { expired: false, credential_until: ago(-60_000_000) });
    return devices;
  },
  codes: () => codes,
  rescue_code: ({ admit }) => ({
    code: admit ? "C8NAY4ZP-6EJG1FSK-7K3M9QXT-2BHD5WRV" : "C8NAY4ZP-6EJG1FSK",
  }),
  new_code: () => ({
    code: "TSELA1-7K3M9QXT-2BHD5WRV-C8NAY4ZP-6EJG1FSK-0123ABCD",
    qr_svg: qr,
    expires_at: ago(-86_400),
  }),
  held: (_args, scene) => held(scene),
  findings: () => ({
    total: FINDINGS,
    rows: detail().findings.flatMap((finding) => rows().map((record) => ({ record, finding }))),
  }),
  conflicts: (_args, scene) => conflicts(scene),
  server_resolve: ({ record }) => ({ record }),
  forks: (_args, scene) => forks(scene),
  admit_entries: () => [],
  close_fork: () => [],
  server_list: () => ({ total: 212, rows: rows() }),
  server_record: () => detail(),
  server_history: () => history(),
};
