/** What the fake's world looks like; commands change it as the real ones would. */
import type { Phase, SyncPhase } from "@/generated/rpc";
import type { Host } from "../host";

export interface Scene {
  host: Host;
  phase: Phase;
  sync: SyncPhase;
  theme: string;
  language: string;
  /** Anything else that the address says. */
  options: URLSearchParams;
}

export function sceneOf(search: string): Scene {
  const options = new URLSearchParams(search);
  return {
    host: options.get("host") === "server" ? "server" : "client",
    phase: (options.get("phase") ?? "open") as Phase,
    sync: (options.get("sync") ?? "idle") as SyncPhase,
    theme: options.get("theme") ?? "light",
    language: options.get("language") ?? "en",
    options,
  };
}
