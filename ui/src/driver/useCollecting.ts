/** What the driver's pages show, kept in one place. People wait for its digits, so it is asked for every second. */
import { useQueryClient } from "@tanstack/vue-query";
import type { CollectView } from "@/generated/rpc";
import { useAsk } from "@/state/call";

const KEY = ["collecting", {}];
const EVERY_MS = 1_000;

export function useCollecting() {
  const queries = useQueryClient();
  const ask = useAsk("collecting", {}, { every: EVERY_MS });
  return {
    view: ask.data,
    failure: ask.failure,
    keep: (view: CollectView) => void queries.setQueryData<CollectView>(KEY, view),
  };
}
