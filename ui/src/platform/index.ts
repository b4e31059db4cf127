/**
 * The only door to Rust. Pages call commands by name; where Rust lives (behind Tauri, behind a loopback address, on a
 * server) is known to nobody outside this folder.
 */
import type { InjectionKey } from "vue";
import { inject } from "vue";
import type { ClientHostCommands, Failure, ServerHostCommands } from "@/generated/rpc";
import type { Host } from "./host";

/** All commands of all hosts. */
export type Commands = ClientHostCommands & ServerHostCommands;
export type Command = keyof Commands;
export type Args<K extends Command> = Commands[K]["args"];
export type Reply<K extends Command> = Commands[K]["answer"];

export interface Platform {
  /** Which program answers: the field client or the server. */
  readonly host: Host;
  /** Calls one command. Rejects with a {@link PlatformFailure}, never with anything else. */
  call<K extends Command>(command: K, args: Args<K>): Promise<Reply<K>>;
}

/** A command's refusal, with words for the person at the screen. */
export class PlatformFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.title);
    this.name = "PlatformFailure";
  }
}

/** What a host answers, over every road. */
export type Envelope = { ok: unknown } | { failure: Failure };

/** Takes the answer out of its envelope. */
export function opened<K extends Command>(envelope: unknown): Reply<K> {
  if (typeof envelope === "object" && envelope !== null) {
    if ("ok" in envelope) return envelope.ok as Reply<K>;
    if ("failure" in envelope) throw new PlatformFailure(envelope.failure as Failure);
  }
  throw new PlatformFailure(failure("bad_answer"));
}

/** Makes a failure of the interface's own; its words come from the translations, by code. */
export function failure(code: string, params: Record<string, string> = {}): Failure {
  return { code, title: "", detail: "", action: "", params, problems: [] };
}

/** Reads the failure out of whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PlatformFailure) return error.failure;
  return failure("internal", { error: error instanceof Error ? error.message : String(error) });
}

export const platformKey: InjectionKey<Platform> = Symbol("platform");

/** The platform of this page. */
export function usePlatform(): Platform {
  const platform = inject(platformKey);
  if (!platform) throw new Error("no platform was provided");
  return platform;
}
