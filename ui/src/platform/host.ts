/** Which program answers this page, and over which road. */

export type Host = "client" | "server";
export type Road = "tauri" | "http";

/** The host says what it is in `<meta name="tsela-host">` when it serves the page; the window is always a client. */
export function detectHost(document: Document, window: object): Host {
  if (detectRoad(window) === "tauri") return "client";
  const meta = document.querySelector('meta[name="tsela-host"]');
  return meta?.getAttribute("content") === "server" ? "server" : "client";
}

/** Tauri puts its internals on the window before any script of the page runs. */
export function detectRoad(window: object): Road {
  return "__TAURI_INTERNALS__" in window ? "tauri" : "http";
}
