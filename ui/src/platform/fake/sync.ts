/** The sync panel and its history. */
import type { SyncStatus } from "@/generated/rpc";
import type { Handlers } from "./index";
import type { Scene } from "./scene";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

export function syncStatus(scene: Scene): SyncStatus {
  const moving = scene.sync === "sending" || scene.sync === "paused";
  const empty = scene.options.get("unsent") === "0";
  return {
    phase: scene.sync,
    remote: "Mochudi clinic",
    unsent_records: empty ? 0 : 37,
    unsent_by_model: empty
      ? {}
      : { household: 3, household_member: 12, participant: 6, consent: 6, requisition: 6, specimen: 4 },
    oldest_unsent_seconds: empty ? null : 12_040,
    attention: 3,
    received: 214,
    progress: moving
      ? { entries_done: 412, entries_total: 1_180, bytes_sent: 31_200, bytes_total: 88_400, seconds_left: 74 }
      : null,
    last_receipt: { at: ago(26 * 3_600), from: "Mochudi clinic", number: 41 },
    next_try_at: scene.sync === "offline" ? new Date(Date.now() + 240_000).toISOString() : null,
    problem:
      scene.sync === "problem"
        ? {
            code: "portal",
            title: "A Wi-Fi log-in page answered instead of the server.",
            detail:
              "This network wants you to log in before it lets anything through. Nothing was sent and nothing was lost.",
            action: "Open a web browser, log in to the Wi-Fi, then press Push again.",
            params: {},
          }
        : null,
    notices: [
      {
        code: "clock_drift",
        message: "This laptop’s clock is 4 min behind the server’s.",
        params: { seconds: "240" },
      },
    ],
    auto: true,
    auto_interval_minutes: 15,
    clock_drift_seconds: 240,
    last_contact_at: ago(300),
  };
}

function to(phase: Scene["sync"]) {
  return (_args: Record<string, never>, scene: Scene): SyncStatus => {
    scene.sync = phase;
    return syncStatus(scene);
  };
}

export const handlers: Handlers = {
  sync_status: (_args, scene) => syncStatus(scene),
  push: to("sending"),
  pause: to("paused"),
  resume: to("sending"),
  cancel: to("idle"),
  set_auto: ({ auto, interval_minutes }, scene) => ({
    ...syncStatus(scene),
    auto,
    auto_interval_minutes: interval_minutes,
  }),
};
