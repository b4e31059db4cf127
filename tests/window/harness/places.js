// Where things are: the binaries under test, and where evidence of a run is put.
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const results = path.join(root, "test-results", "window");

// `make bench` measures other builds than the tests drive.
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const built = process.env.TSELA_PROGRAMS ?? path.join(target, "debug");
export const desktopBinary = path.join(built, "tsela-desktop");
export const cliBinary = path.join(built, "tsela");

// Set-up puts the driver into the clone unless the machine has one.
const ownDriver = path.join(root, ".tools", "bin", "tauri-driver");
export const driverBinary = existsSync(ownDriver) ? ownDriver : "tauri-driver";

mkdirSync(results, { recursive: true });
