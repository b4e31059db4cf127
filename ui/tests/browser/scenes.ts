import { FIELD_SCENES } from "./fieldScenes";

/** The pages to look at. UI folders add theirs here. */
export interface Scene {
  name: string;
  /** What the fake's world is like, as `sync=sending&unsent=0`. */
  world?: string;
  /** The page, as `/sync`. */
  route?: string;
}

export const SCENES: Scene[] = [
  { name: "enrol", world: "phase=enrol" },
  { name: "sign-in", world: "phase=sign_in" },
  { name: "sign-in-locked-out", world: "phase=sign_in&locked_out" },
  { name: "locked", world: "phase=locked" },
  { name: "blocked", world: "phase=blocked" },
  { name: "sync", route: "/sync" },
  { name: "sync-sending", world: "sync=sending", route: "/sync" },
  { name: "sync-offline", world: "sync=offline", route: "/sync" },
  { name: "sync-problem", world: "sync=problem", route: "/sync" },
  ...FIELD_SCENES,
];
