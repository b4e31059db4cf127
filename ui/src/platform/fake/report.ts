/** Reports without Rust: numbers made of the question, the same for the same question. */
import type { Report, ReportArgs, ReportRow } from "@/generated/rpc";
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import { GIVERS, LONG, PANELS } from "./work/lab";

const DAY = 86_400_000;
const COUNTS = [
  "requisitioned",
  "collected",
  "packed",
  "with_driver",
  "received",
  "accepted",
  "rejected",
  "missing",
] as const;

function daysOf({ from, to }: ReportArgs): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const count = Math.round((last - first) / DAY) + 1;
  if (count > 92) throw new PlatformFailure(failure("too_long_a_time"));
  return Array.from({ length: count }, (_, at) => new Date(first + at * DAY).toISOString().slice(0, 10));
}

function keysOf(args: ReportArgs): [key: string, label: string][] {
  const same = (names: string[]): [string, string][] => names.map((name) => [name, name]);
  switch (args.by) {
    case "day":
      return same(daysOf(args));
    case "community":
      return same(["Mankgodi", "Mochudi", "Otse", "=cmd()|'/C calc'!A0"]);
    case "assistant":
      return same([...GIVERS, "X".repeat(300)]);
    case "driver":
      return [["", ""], ...same([LONG, "Tiro Pheko"])];
    case "panel":
      return PANELS.map(({ code, labels }) => [code, labels.en]);
  }
}

function row(key: string, label: string, n: number): ReportRow {
  const requisitioned = 10 + ((n * 7) % 23);
  const part = (share: number) => Math.floor(requisitioned * share);
  return {
    key,
    label,
    requisitioned,
    collected: part(0.95),
    packed: part(0.9),
    with_driver: part(0.85),
    received: part(0.7),
    accepted: part(0.55),
    rejected: part(0.08),
    missing: n % 3,
  };
}

function reportOf(args: ReportArgs, none: boolean): Report {
  const keys = keysOf(args);
  const rows = none ? [] : keys.map(([key, label], n) => row(key, label, n));
  const total: ReportRow = { ...row("", "", 0) };
  for (const count of COUNTS) total[count] = rows.reduce((sum, one) => sum + one[count], 0);
  return { rows, total, at: new Date().toISOString() };
}

export const handlers: Handlers = {
  report: (args, scene) => {
    if (scene.options.get("lab") === "failing") throw new PlatformFailure(failure("server_gone"));
    return reportOf(args, scene.options.get("lab") === "none");
  },
  report_csv: (args) => {
    const { rows } = reportOf(args, false);
    const cell = (text: string) => `"${(/^[=+\-@]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    const lines = rows.map((one) => [cell(one.label), ...COUNTS.map((count) => one[count])].join(","));
    return {
      name: `tubes-by-${args.by}-${args.from}-${args.to}.csv`,
      text: [[args.by, ...COUNTS].join(","), ...lines, ""].join("\r\n"),
    };
  },
};
