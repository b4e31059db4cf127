/** First run, sign-in, lock and preferences. */
import type { AppState, LocalUser, OutboxView } from "@/generated/rpc";
import { givesPassphrase } from "@/session/rescue";
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { syncStatus } from "./sync";

const USERS: LocalUser[] = [
  {
    id: "01980000-0000-7000-8000-00000000aa01",
    name: "Lesedi Motswagole",
    role: "research_assistant",
    locked_until: null,
  },
  {
    id: "01980000-0000-7000-8000-00000000aa02",
    name: "Thabo O’Reilly-Kgosi",
    role: "research_assistant",
    locked_until: null,
  },
];

function appState(scene: Scene): AppState {
  const enrolled = scene.phase !== "enrol";
  const signedIn = scene.phase === "open" || scene.phase === "locked";
  const lockedOut = scene.options.get("locked_out") !== null;
  return {
    phase: scene.phase,
    study: enrolled ? "Bophelo Household Study" : "",
    demonstration: enrolled,
    demonstration_sign_in: enrolled ? ["Lesedi Motswagole", "a road to the lab"] : null,
    device: enrolled ? "laptop-07" : "",
    carrier: scene.options.has("carrier"),
    users: enrolled
      ? USERS.map((user, i) => ({
          ...user,
          locked_until: lockedOut && i === 0 ? new Date(Date.now() + 14 * 60_000).toISOString() : null,
        }))
      : [],
    user: signedIn ? (USERS[0] ?? null) : null,
    version: "0.1.0",
    language: scene.language,
    theme: scene.theme,
    auto_lock_minutes: 10,
    now: new Date().toISOString(),
    problem:
      scene.phase === "blocked"
        ? {
            code: scene.options.get("problem") ?? "busy",
            title: "Tsela is already open on this laptop.",
            detail: "Another window is using /home/lesedi/.local/share/tsela.",
            action: "Go on in the other window, or close it and open Tsela again.",
            params: {},
            problems: [],
          }
        : null,
    sync: signedIn ? syncStatus(scene) : null,
    outbox: outboxOf(scene),
  };
}

/** What was packed at sign-out: `outbox=12`, and sent once Send was pressed. */
function outboxOf(scene: Scene): OutboxView | null {
  const records = scene.options.get("outbox");
  if (scene.phase !== "sign_in" || records === null) return null;
  const answered = scene.options.has("outbox_sent");
  const written = scene.options.get("outbox_written");
  return {
    records: Number(records),
    files: 0,
    answered,
    auto: true,
    server: "clinic",
    written,
    problem: null,
  };
}

function wrongPassphrase(): never {
  throw new PlatformFailure({
    ...failure("wrong_passphrase", { left: "4" }),
    title: "That passphrase is not right.",
    detail: "4 tries are left before this account is locked for 15 minutes.",
    action: "Type it again; check Caps Lock.",
  });
}

export const handlers: Handlers = {
  app_state: (_args, scene) => appState(scene),
  read_code: ({ code }) => {
    if (!code.trim().startsWith("TSELA1-"))
      throw new PlatformFailure({
        ...failure("bad_code"),
        title: "This is not an enrolment code.",
        detail: "An enrolment code begins with TSELA1-.",
        action: "Copy the whole code, from its first to its last character.",
      });
    return {
      url: "https://clinic-4.example.org:8443",
      fingerprint: "7K3M 9QXT 2BHD 5WRV  C8NA Y4ZP 6EJG 1FSK",
    };
  },
  enrol: (_args, scene) => {
    scene.phase = "open";
    return appState(scene);
  },
  sign_in: ({ passphrase }, scene) => {
    if (passphrase === "wrong") wrongPassphrase();
    scene.phase = "open";
    return appState(scene);
  },
  unlock: ({ passphrase }, scene) => {
    if (passphrase === "wrong") wrongPassphrase();
    scene.phase = "open";
    return appState(scene);
  },
  rescue_request: () => ({ request: "7K3M9QXT-2BHD5WRV" }),
  rescue: ({ code }, scene) => {
    if (code.startsWith("WRONG")) throw new PlatformFailure({ ...failure("wrong_code", { left: "4" }) });
    if (givesPassphrase(code)) scene.phase = "open";
    else scene.options.delete("locked_out");
    return appState(scene);
  },
  send_outbox: (_args, scene) => {
    scene.options.set("outbox_sent", "");
    return appState(scene);
  },
  sign_out: (_args, scene) => {
    scene.phase = "sign_in";
    return appState(scene);
  },
  lock: (_args, scene) => {
    scene.phase = "locked";
    return appState(scene);
  },
  set_preferences: ({ language, theme }, scene) => {
    scene.language = language;
    scene.theme = theme;
    return appState(scene);
  },
  change_passphrase: ({ old }) => (old === "wrong" ? wrongPassphrase() : {}),
  admit_user: (_args, scene) => appState(scene),
};
