/** A browser: `POST rpc` beside the page. The field client wants a token, the server a session cookie. */
import type { Host } from "./host";
import type { Command, Args, Platform, Reply } from "./index";
import { failure, opened, PlatformFailure } from "./index";

const TOKEN = "tsela-token";

/**
 * Takes the token out of the address that `tsela app` printed (`#token=…`) into the tab's own storage, and strips it
 * from the address, so that it is in no history, bookmark or screenshot.
 */
export function takeToken(location: Location, history: History, storage: Storage): void {
  const found = /^#\/?token=([^&]+)/.exec(location.hash);
  if (!found?.[1]) return;
  storage.setItem(TOKEN, decodeURIComponent(found[1]));
  history.replaceState(history.state, "", location.pathname + location.search);
}

export function httpPlatform(host: Host, storage: Storage): Platform {
  return {
    host,
    async call<K extends Command>(command: K, args: Args<K>): Promise<Reply<K>> {
      const response = await post(JSON.stringify({ command, args }), host, storage);
      return opened<K>(await body(response, host));
    },
  };
}

async function post(body: string, host: Host, storage: Storage): Promise<Response> {
  const headers = new Headers({ "Content-Type": "application/json" });
  const token = storage.getItem(TOKEN);
  if (host === "client" && token) headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch("./rpc", {
      method: "POST",
      headers,
      body,
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new PlatformFailure(failure(host === "client" ? "program_gone" : "server_gone"));
  }
}

/** An answer has its own words, whatever its status; without any, 401 says what is missing. */
async function body(response: Response, host: Host): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    const code = host === "client" ? "no_token" : "signed_out";
    throw new PlatformFailure(failure(response.status === 401 ? code : "bad_answer"));
  }
}
