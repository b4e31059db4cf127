/** Which program answers this page, and over which road. */

export type Host = "client" | "server";
export type Road = "tauri" | "http";

/** A host writes what it is into the page that it serves, as `<meta name="tsela-host">`; the window is always a client. */
export function detectHost(document: Document, window: object): Host {
  if (detectRoad(window) === "tauri") return "client";
  const meta = document.querySelector('meta[name="tsela-host"]');
  return meta?.getAttribute("content") === "server" ? "server" : "client";
}

/** Tauri puts its internals on the window before any script of the page runs. */
export function detectRoad(window: object): Road {
  return "__TAURI_INTERNALS__" in window ? "tauri" : "http";
}
