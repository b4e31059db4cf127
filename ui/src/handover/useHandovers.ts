/** Hand-overs asked for, and kept as commands answer them. */
import { useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import type { HandedTube, HandoverLine, HandoverView, TubeSeen } from "@/generated/rpc";
import { useRefreshTubes } from "@/labels/useTubes";
import { usePlatform } from "@/platform";
import { useAsk } from "@/state/call";

/** The clocks are read anew every half minute. */
const FRESH_MS = 30_000;
/** What the laboratory's other pages ask, which a delivery changes. */
const LAB = ["arriving", "received_tubes", "missing_tubes"];

export const useHandovers = () => useAsk("handovers", {}, { every: FRESH_MS });
export const useWaitingTubes = () => useAsk("waiting_tubes", {}, { every: FRESH_MS });
export const useHandover = (id: () => string) =>
  useAsk("handover", () => ({ transfer: id() }), { every: FRESH_MS });

/** The tubes that can join a hand-over that has begun: those that wait on a laptop, those on the road at the laboratory. */
export function useLateTubes(lines: () => HandoverLine[]) {
  const atLab = usePlatform().host === "server";
  const waiting = useAsk("waiting_tubes", {}, { every: FRESH_MS, enabled: !atLab });
  const arriving = useAsk("arriving", {}, { every: FRESH_MS, enabled: atLab });
  const there = computed<HandedTube[]>(() => {
    if (!atLab) return waiting.data.value?.tubes ?? [];
    const { deliveries = [], announced = [] } = arriving.data.value ?? {};
    return [...deliveries, ...announced].flatMap(({ tubes }) => tubes);
  });
  const tubes = computed(() => {
    const inside = new Set(lines().map(({ tube }) => tube.identifier));
    return there.value.filter(({ identifier }) => !inside.has(identifier));
  });
  return { tubes, refetch: atLab ? arriving.refetch : waiting.refetch };
}

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
      for (const key of ["bags", ...LAB]) void queries.invalidateQueries({ queryKey: [key] });
      void refreshTubes();
    },
    /** After one was given up. */
    async forget(id: string): Promise<void> {
      queries.removeQueries({ queryKey: keyOf(id) });
      await queries.invalidateQueries({ queryKey: ["handovers"] });
      for (const key of ["waiting_tubes", ...LAB]) void queries.invalidateQueries({ queryKey: [key] });
    },
  };
}
