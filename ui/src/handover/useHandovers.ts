/** Hand-overs asked for, and kept as commands answer them. */
import { useQueryClient } from "@tanstack/vue-query";
import type { HandoverView, TubeSeen } from "@/generated/rpc";
import { useRefreshTubes } from "@/labels/useTubes";
import { useAsk } from "@/state/call";

/** The clocks are read anew every half minute. */
const FRESH_MS = 30_000;

export const useHandovers = () => useAsk("handovers", {}, { every: FRESH_MS });
export const useWaitingTubes = () => useAsk("waiting_tubes", {}, { every: FRESH_MS });
export const useHandover = (id: () => string) =>
  useAsk("handover", () => ({ transfer: id() }), { every: FRESH_MS });

/** A hand-over with one line as a scan left it. */
export function withLine(view: HandoverView, { line, balance }: TubeSeen): HandoverView {
  const lines = view.lines.map((old) => (old.line === line.line ? line : old));
  return { ...view, lines, row: { ...view.row, balance } };
}

/** Puts what a command answered where the pages look; a question that is still on its way is older, and let go. */
export function useKeepHandover() {
  const queries = useQueryClient();
  const refreshTubes = useRefreshTubes();
  const keyOf = (id: string) => ["handover", { transfer: id }];

  async function change(id: string, to: (view?: HandoverView) => HandoverView | undefined): Promise<void> {
    await queries.cancelQueries({ queryKey: keyOf(id) });
    queries.setQueryData<HandoverView>(keyOf(id), to);
    void queries.invalidateQueries({ queryKey: ["handovers"] });
  }
  return {
    now: (id: string) => queries.getQueryData<HandoverView>(keyOf(id)),
    keepLine: (id: string, seen: TubeSeen) => change(id, (view) => view && withLine(view, seen)),
    async keep(view: HandoverView): Promise<void> {
      await change(view.row.transfer.id, () => view);
      void queries.invalidateQueries({ queryKey: ["waiting_tubes"] });
      void queries.invalidateQueries({ queryKey: ["bags"] });
      void refreshTubes();
    },
    /** After one was given up. */
    async forget(id: string): Promise<void> {
      queries.removeQueries({ queryKey: keyOf(id) });
      await queries.invalidateQueries({ queryKey: ["handovers"] });
      void queries.invalidateQueries({ queryKey: ["waiting_tubes"] });
    },
  };
}
