/** The record page's sample, before whatever the worksite answers. */
import type { Handlers } from "./index";
import { detail, history, row, rows, SAMPLE_ID } from "./sample";
import { handlers as worksite } from "./worksite";

/** The conflicts of the sample that are settled. */
const settled = new Set<string>();

function sample() {
  const full = detail();
  const conflicts = full.conflicts.filter((conflict) => !settled.has(conflict.field));
  return { ...full, conflicts, row: row({ conflicts: conflicts.map((conflict) => conflict.field) }) };
}

export const handlers: Handlers = {
  record: (args, scene) => {
    const answer = args.id === SAMPLE_ID ? undefined : worksite.record?.(args, scene);
    return answer ?? sample();
  },
  history: (args, scene) => {
    const answer = args.id === SAMPLE_ID ? undefined : worksite.history?.(args, scene);
    return answer ?? history();
  },
  resolve: ({ record, field }) => {
    settled.add(field);
    return { save: record, records: [], warnings: [] };
  },
  pending: ({ status, text }) => {
    const all = [row(), ...rows()].filter(
      (one) =>
        one.status !== "received" &&
        one.status !== "draft" &&
        (status.length === 0 || status.includes(one.status)) &&
        one.label.toLowerCase().includes(text.toLowerCase()),
    );
    return { total: all.length === 0 ? 0 : all.length + 94, rows: all };
  },
};
