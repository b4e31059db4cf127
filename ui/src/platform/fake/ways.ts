/**
 * A courier without sticks. `?drives=none`, `?drives=two`: what is plugged in; `?courier=working`, `done`, `brought`,
 * `full`, `unknown`, `changed`: what it does, or how it ended; `?ways=some`: ways that are configured.
 */
import type {
  CourierArgs,
  CourierOutcome,
  CourierStatus,
  CourierTask,
  Drive,
  WayView,
} from "@/generated/rpc";
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import type { Scene } from "./scene";

const KEY = "SHA256:uNiVztksCsDhcc0u9e8BrrhU2ZuUoQSvmQ5eX3bQzJA";
const OLD = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
const STICK: Drive = { path: "/media/lesedi/KINGSTON", name: "KINGSTON", read_only: false };
const SHARE: Drive = { path: "/mnt/clinic", name: "clinic", read_only: true };
const SFTP = "sftp://lesedi@clinic.example:22/srv/study";

function outcome(task: CourierTask, place: string, changes: Partial<CourierOutcome> = {}): CourierOutcome {
  return {
    task,
    place,
    way: null,
    is_folder: !place.startsWith("sftp:"),
    at: new Date().toISOString(),
    records: task === "import" ? 0 : 37,
    files: 0,
    bytes: task === "import" ? 0 : 88_400,
    receipts: task === "export" ? 0 : 2,
    unsent: 0,
    left: [],
    problem: null,
    ...changes,
  };
}

const unknownHost = {
  code: "road_unknown_host",
  title: "Nobody has confirmed this server's key yet",
  detail: `clinic.example:22 shows ${KEY}. Nothing was sent, not even the password.`,
  action: "Ask whoever runs the server whether that is its key.",
  params: { host: "clinic.example:22", shown: KEY },
};

const changedHost = {
  code: "road_changed_host",
  title: "The server shows another key than before",
  detail: `clinic.example:22 shows ${KEY} instead of ${OLD}. Somebody may be in between; nothing was sent, not even the password.`,
  action: "Go on only if whoever runs the server says that it has a new key.",
  params: { host: "clinic.example:22", shown: KEY, pinned: OLD },
};

const full = {
  code: "road_write",
  title: "It could not be written there",
  detail:
    "Cannot write to /media/lesedi/KINGSTON/tsela (no space left on device); what is on this computer stays as it was. Free some space, or take another stick.",
  action: "",
  params: {},
};

function begun(scene: Scene): CourierStatus {
  const ended = (last: CourierOutcome): CourierStatus => ({ work: null, last });
  switch (scene.options.get("courier")) {
    case "working": {
      const work = { done: 412, total: 1_180, bytes: 31_200, stopping: false };
      return { work: { task: "export", place: STICK.path, ...work }, last: null };
    }
    case "done":
      return ended(outcome("export", STICK.path));
    case "brought":
      return ended(
        outcome("import", STICK.path, {
          left: [
            { name: "018f3b1c-6a00-7000-8000-0000000000c1/holiday.jpg", why: "no_receipt" },
            { name: "9f".repeat(32), why: "damaged" },
            { name: "c4".repeat(32), why: "other_life" },
          ],
        }),
      );
    case "full":
      return ended(outcome("export", STICK.path, { problem: full }));
    case "unknown":
      return ended(outcome("export", SFTP, { problem: unknownHost }));
    case "changed":
      return ended(outcome("export", SFTP, { problem: changedHost }));
    default:
      return { work: null, last: null };
  }
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

function someWays(): WayView[] {
  const problem = { ...unknownHost, params: {} };
  return [
    { id: 1, name: "Clinic share", place: "/mnt/clinic", worked_at: ago(7_200), tried_at: ago(7_200) },
    { id: 2, name: "University", place: SFTP, worked_at: null, tried_at: ago(600), problem },
    { id: 3, name: "Stick", place: STICK.path, worked_at: null, tried_at: null },
  ].map((way) => ({ problem: null, is_folder: !way.place.startsWith("sftp:"), ...way }));
}

let ways: WayView[] = [];
let waysOf: Scene | undefined;

function configured(scene: Scene): WayView[] {
  if (waysOf !== scene) [ways, waysOf] = [scene.options.get("ways") === "some" ? someWays() : [], scene];
  return ways;
}

function shifted(id: number, earlier: boolean): WayView[] {
  const at = ways.findIndex((way) => way.id === id);
  const to = Math.min(Math.max(at + (earlier ? -1 : 1), 0), ways.length - 1);
  const [way] = ways.splice(at, 1);
  if (way) ways.splice(to, 0, way);
  return ways;
}

let kept: CourierStatus | undefined;
let asScene: Scene | undefined;

function status(scene: Scene): CourierStatus {
  if (!kept || asScene !== scene) [kept, asScene] = [begun(scene), scene];
  return kept;
}

function noSuchFolder(): never {
  throw new PlatformFailure({
    ...failure("road_folder"),
    title: "There is no such folder",
    detail: "A folder is written with its whole path.",
    action: "Choose a drive, or write the whole path.",
  });
}

function carry(task: CourierTask, args: CourierArgs, scene: Scene, way: number | null = null) {
  const { place, secret, identity, host_key } = args;
  if (!/^(\/|sftp:\/\/)/.test(place)) noSuchFolder();
  const far = place.startsWith("sftp:");
  const problem = !far
    ? null
    : secret === "" && identity === ""
      ? {
          code: "road_login",
          title: "A password or a key file is needed",
          detail: "Nothing was sent.",
          action: "Enter the password, or the path of a private key.",
          params: {},
        }
      : host_key === ""
        ? unknownHost
        : null;
  const before: CourierStatus = {
    work: { task, place, done: 0, total: 0, bytes: 0, stopping: false },
    last: status(scene).last,
  };
  kept = before;
  setTimeout(() => {
    if (kept === before) kept = { work: null, last: outcome(task, place, { problem, way }) };
  }, 600);
  return before;
}

export const handlers: Handlers = {
  drives: (_args, scene) => {
    const there = scene.options.get("drives");
    return there === "none" ? [] : there === "two" ? [STICK, SHARE] : [STICK];
  },
  courier_status: (_args, scene) => status(scene),
  courier_export: (args, scene) => carry("export", args, scene),
  courier_import: (args, scene) => carry("import", args, scene),
  ways: (_args, scene) => configured(scene),
  put_way: ({ name, place }, scene) => {
    if (!/^(\/|sftp:\/\/)/.test(place)) noSuchFolder();
    const way = { id: Date.now(), name, place, is_folder: place.startsWith("/") };
    configured(scene).push({ ...way, worked_at: null, tried_at: null, problem: null });
    return ways;
  },
  remove_way: ({ id }, scene) => (ways = configured(scene).filter((way) => way.id !== id)),
  shift_way: ({ id, earlier }, scene) => {
    configured(scene);
    return shifted(id, earlier);
  },
  send_by_way: ({ id, host_key }, scene) => {
    const way = configured(scene).find((way) => way.id === id);
    return carry("send", { place: way?.place ?? "/", secret: "kept", identity: "", host_key }, scene, id);
  },
  courier_stop: (_args, scene) => {
    const now = status(scene);
    if (now.work) kept = { ...now, work: { ...now.work, stopping: true } };
    return status(scene);
  },
};
