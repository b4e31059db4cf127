/** Settings: this laptop and its backups. */
import type { BackupView } from "@/generated/rpc";
import type { Handlers } from "./index";
import { ago } from "./sample";

const backups: BackupView[] = [1, 2, 3].map((n) => ({
  name: `tsela-backup-${n}.db`,
  at: ago(n * 3_600),
  bytes: 4_193_280,
}));

export const handlers: Handlers = {
  device: () => ({
    device: "01980000-0000-7000-8000-00000000dd07",
    name: "laptop-07",
    role: "field",
    study: "01980000-0000-7000-8000-000000000066",
    study_name: "Bophelo Household Study",
    stream: "A01",
    streams: [
      { code: "A01", state: "active", entries: 1_240, acked_through: 1_160 },
      { code: "A00", state: "closed", entries: 311, acked_through: 311 },
    ],
    spare_codes: 3,
    package: 4,
    remote_url: "https://clinic-4.example.org:8443",
    remote_name: "Mochudi clinic",
    pinned_key: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    folder: "/home/lesedi/.local/share/tsela",
    store_bytes: 6_291_456,
    version: "0.1.0",
    sqlite: "SQLite 3.51.0, SQLCipher 4.19.0",
  }),
  backups: () => backups,
  backup_now: () => {
    backups.unshift({ name: "tsela-backup-now.db", at: ago(0), bytes: 4_200_000 });
    backups.length = Math.min(backups.length, 3);
    return backups;
  },
};
