import { BAG_SCENES } from "./bagScenes";
import { DRIVER_SCENES } from "./driverScenes";
import { FIELD_SCENES } from "./fieldScenes";
import { HANDOVER_SCENES } from "./handoverScenes";
import { LABORATORY_SCENES } from "./laboratoryScenes";
import { WAY_SCENES } from "./wayScenes";

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
  { name: "sign-in-outbox", world: "phase=sign_in&outbox=12" },
  { name: "locked", world: "phase=locked" },
  { name: "blocked", world: "phase=blocked" },
  { name: "sync", route: "/sync" },
  { name: "sync-sending", world: "sync=sending", route: "/sync" },
  { name: "sync-offline", world: "sync=offline", route: "/sync" },
  { name: "sync-problem", world: "sync=problem", route: "/sync" },
  { name: "pending", route: "/pending" },
  { name: "record", route: "/records/01980000-0000-7000-8000-0000000000c0" },
  { name: "settings", route: "/settings" },
  { name: "server-sign-in", world: "host=server&phase=sign_in" },
  { name: "server-devices", world: "host=server", route: "/devices" },
  { name: "server-codes", world: "host=server", route: "/codes" },
  { name: "server-held", world: "host=server", route: "/held" },
  { name: "server-findings", world: "host=server", route: "/findings" },
  { name: "server-conflicts", world: "host=server", route: "/conflicts" },
  { name: "server-conflicts-none", world: "host=server&empty", route: "/conflicts" },
  { name: "server-forks", world: "host=server", route: "/forks" },
  { name: "server-browse", world: "host=server", route: "/browse" },
  { name: "server-record", world: "host=server", route: "/records/01980000-0000-7000-8000-0000000000c0" },
  ...FIELD_SCENES,
  ...BAG_SCENES,
  ...DRIVER_SCENES,
  ...HANDOVER_SCENES,
  ...LABORATORY_SCENES,
  ...WAY_SCENES,
];
