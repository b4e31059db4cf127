/** The bags that are here and the tubes that are in none, asked for in one question and kept in one place. */
import { useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import type { Bags, BagView } from "@/generated/rpc";
import { useRefreshTubes } from "@/labels/useTubes";
import { useAsk } from "@/state/call";

/** The clocks are read anew every half minute. */
const FRESH_MS = 30_000;
const KEY = ["bags", {}];

export function useBags() {
  const bags = useAsk("bags", {}, { every: FRESH_MS });
  return {
    data: bags.data,
    bags: computed(() => bags.data.value?.bags ?? []),
    loose: computed(() => bags.data.value?.loose ?? []),
    ranges: computed(() => bags.data.value?.ranges ?? []),
    failure: bags.failure,
    loading: bags.loading,
  };
}

/** A bag as a command answered it, among the others: what is in it is loose no longer. */
export function withBag(all: Bags, view: BagView): Bags {
  const inside = new Set(view.tubes.map(({ specimen }) => specimen.id));
  const known = all.bags.some(({ bag }) => bag.id === view.bag.id);
  const bags = all.bags.map((bag) => (bag.bag.id === view.bag.id ? view : bag));
  const loose = all.loose.filter(({ specimen }) => !inside.has(specimen.id));
  return { ...all, loose, bags: known ? bags : [view, ...bags] };
}

/** Puts what a command answered where the pages look; a question that is still on its way is older, and let go. */
export function useKeepBags() {
  const queries = useQueryClient();
  const refreshTubes = useRefreshTubes();

  async function keep(change: (all: Bags | undefined) => Bags | undefined): Promise<void> {
    await queries.cancelQueries({ queryKey: KEY });
    queries.setQueryData<Bags>(KEY, change);
    void refreshTubes();
  }
  return {
    now: () => queries.getQueryData<Bags>(KEY),
    keepBag: (view: BagView) => keep((all) => all && withBag(all, view)),
    keepAll: (bags: Bags) => keep(() => bags),
  };
}
