/** The sync panel and its history. */
import type { Comparison, ComparisonRow, PushRecord, SyncStatus } from "@/generated/rpc";
import { unsentFiles } from "./attachments";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { newsOf } from "./work/news";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

export function syncStatus(scene: Scene): SyncStatus {
  const moving = scene.sync === "sending" || scene.sync === "paused";
  const empty = scene.options.get("unsent") === "0";
  return {
    phase: scene.sync,
    remote: "Mochudi clinic",
    unsent_records: empty ? 0 : 37,
    with_driver: empty ? 0 : 12,
    unsent_by_model: empty
      ? {}
      : { household: 3, household_member: 12, participant: 6, consent: 6, requisition: 6, specimen: 4 },
    unsent_files: empty ? 0 : unsentFiles(scene).length,
    unsent_file_bytes: empty ? 0 : unsentFiles(scene).reduce((sum, bytes) => sum + bytes, 0),
    files_with_driver: 0,
    oldest_unsent_seconds: empty ? null : 12_040,
    attention: 3,
    tube_news: newsOf(scene).length,
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
        : scene.sync === "offline"
          ? {
              code: "no_network",
              title: "No network",
              detail:
                "This laptop is in no network. Everything is saved here and goes out when the server is in reach.",
              action: "Go on working; or connect to the clinic's Wi-Fi and press Push.",
              params: {},
            }
          : null,
    notices: [
      {
        code: "clock",
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

const HASH = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c";

function compared(equal: boolean): Comparison {
  const row = (model: string, count: number): ComparisonRow => ({
    model,
    here_count: count,
    here_hash: HASH,
    there_count: equal ? count : count - 1,
    there_hash: equal ? HASH : HASH.replaceAll("b", "c"),
  });
  return {
    equal,
    at: ago(0),
    streams: ["A00", "A01"],
    rows: [row("household", 31), row("participant", 44), row("specimen", 120), row("total", 195)],
  };
}

function pushes(): PushRecord[] {
  const push = (outcome: string, hours: number, changes: Partial<PushRecord> = {}): PushRecord => ({
    started_at: ago(hours * 3_600),
    ended_at: ago(hours * 3_600 - 74),
    outcome,
    by: "Lesedi Motswagole",
    entries: 412,
    bytes: 31_200,
    problem: null,
    ...changes,
  });
  return [
    push("under_way", 0.01, { ended_at: null }),
    push("done", 26),
    push("failed", 27, {
      by: "",
      entries: 0,
      problem: {
        code: "portal",
        title: "A Wi-Fi log-in page answered instead of the server.",
        detail: "",
        action: "",
        params: {},
      },
    }),
    push("cancelled", 50),
    push("interrupted", 51),
  ];
}

export const handlers: Handlers = {
  push_history: pushes,
  compare: (_args, scene) => compared(scene.options.get("differs") === null),
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
