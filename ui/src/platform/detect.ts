/** Chooses the platform once, at start. */
import { detectHost, detectRoad } from "./host";
import { httpPlatform, takeToken } from "./http";
import type { Platform } from "./index";
import { tauriPlatform } from "./tauri";

export async function detectPlatform(): Promise<Platform> {
  if (import.meta.env.MODE === "fake") return (await import("./fake")).fakePlatform(window.location);
  if (detectRoad(window) === "tauri") return tauriPlatform(window);
  takeToken(window.location, window.history, window.sessionStorage);
  return httpPlatform(detectHost(document, window), window.sessionStorage);
}
