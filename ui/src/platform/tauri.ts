/** The desktop window: one Tauri command, `rpc`, carries every call. */
import type { Command, Args, Platform, Reply } from "./index";
import { failure, opened, PlatformFailure } from "./index";

interface TauriInternals {
  invoke(command: string, args: Record<string, unknown>): Promise<unknown>;
}

export function tauriPlatform(window: object): Platform {
  const internals = (window as { __TAURI_INTERNALS__: TauriInternals }).__TAURI_INTERNALS__;
  return {
    host: "client",
    async call<K extends Command>(command: K, args: Args<K>): Promise<Reply<K>> {
      let envelope: unknown;
      try {
        envelope = await internals.invoke("rpc", { request: { command, args } });
      } catch (error) {
        throw new PlatformFailure(failure("internal", { error: String(error) }));
      }
      return opened<K>(envelope);
    },
  };
}
