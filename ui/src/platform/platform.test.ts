import { afterEach, describe, expect, it, vi } from "vitest";
import { detectHost, detectRoad } from "./host";
import { httpPlatform, takeToken } from "./http";
import { failureOf, opened, PlatformFailure } from "./index";
import { tauriPlatform } from "./tauri";

function page(host: string): Document {
  return new DOMParser().parseFromString(`<meta name="tsela-host" content="${host}" />`, "text/html");
}

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

function answers(body: string, status = 200) {
  const fetch = vi.fn(() => Promise.resolve(new Response(body, { status })));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "answered",
    (error: unknown) => failureOf(error).code,
  );

describe("the host", () => {
  it("is what the page says", () => {
    expect(detectHost(page("server"), {})).toBe("server");
    expect(detectHost(page("client"), {})).toBe("client");
    expect(detectHost(page("anything"), {})).toBe("client");
  });

  it("is the client in the window, whatever the page says", () => {
    const window = { __TAURI_INTERNALS__: {} };
    expect(detectRoad(window)).toBe("tauri");
    expect(detectHost(page("server"), window)).toBe("client");
  });
});

describe("the token", () => {
  it.each(["#token=a%2Bb", "#/token=a%2Bb"])("leaves the address %s for the tab's own storage", (hash) => {
    const replaced: string[] = [];
    const history = {
      state: null,
      replaceState: (_s: unknown, _t: string, url: string) => replaced.push(url),
    };
    takeToken({ hash, pathname: "/", search: "" } as Location, history as unknown as History, sessionStorage);
    expect(sessionStorage.getItem("tsela-token")).toBe("a+b");
    expect(replaced).toEqual(["/"]);
  });

  it("goes with every call of the client and with none of the server's pages", async () => {
    sessionStorage.setItem("tsela-token", "secret");
    const fetch = answers('{"ok":{}}');
    await httpPlatform("client", sessionStorage).call("push_history", {});
    await httpPlatform("server", sessionStorage).call("devices", {});
    const headers = (fetch.mock.calls as unknown as [string, RequestInit][]).map(
      ([, init]) => init.headers as Headers,
    );
    expect(headers.map((all) => all.get("Authorization"))).toEqual(["Bearer secret", null]);
  });
});

describe("an answer over HTTP", () => {
  it("comes out of its envelope", async () => {
    answers('{"ok":[1]}');
    await expect(httpPlatform("server", sessionStorage).call("devices", {})).resolves.toEqual([1]);
  });

  it("that is a failure keeps its words", async () => {
    answers('{"failure":{"code":"busy","title":"T","detail":"","action":"","params":{},"problems":[]}}');
    await expect(httpPlatform("client", sessionStorage).call("push", {})).rejects.toThrow(PlatformFailure);
  });

  it.each(["<html>Log in to the Wi-Fi</html>", "{}", "null", "[]"])(
    "that is none says so: %s",
    async (body) => {
      answers(body);
      expect(await codeOf(httpPlatform("client", sessionStorage).call("push", {}))).toBe("bad_answer");
    },
  );

  it("without a right says what to do", async () => {
    answers("", 401);
    expect(await codeOf(httpPlatform("client", sessionStorage).call("push", {}))).toBe("no_token");
    expect(await codeOf(httpPlatform("server", sessionStorage).call("devices", {}))).toBe("signed_out");
  });

  it("has its own words also with 401", async () => {
    answers(
      '{"failure":{"code":"wrong_passphrase","title":"T","detail":"","action":"","params":{},"problems":[]}}',
      401,
    );
    const call = httpPlatform("server", sessionStorage).call("server_sign_in", {
      user: "a",
      passphrase: "b",
    });
    expect(await codeOf(call)).toBe("wrong_passphrase");
  });

  it("that never comes names the program, not the network", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await codeOf(httpPlatform("client", sessionStorage).call("push", {}))).toBe("program_gone");
  });
});

describe("an answer of the window", () => {
  it("goes through the one command", async () => {
    const invoke = vi.fn(() => Promise.resolve({ ok: [] }));
    const platform = tauriPlatform({ __TAURI_INTERNALS__: { invoke } });
    await expect(platform.call("push_history", {})).resolves.toEqual([]);
    expect(invoke).toHaveBeenCalledWith("rpc", { request: { command: "push_history", args: {} } });
  });

  it("that Tauri refuses is a failure like any other", async () => {
    const platform = tauriPlatform({ __TAURI_INTERNALS__: { invoke: () => Promise.reject("not allowed") } });
    expect(await codeOf(platform.call("push", {}))).toBe("internal");
  });

  it("may be null", () => expect(opened({ ok: null })).toBeNull());
});
