/** Some tubes as the list of specimens knows them: how often printed, whether checked. */
import { useQueries, useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import type { RecordRef, TubePage, TubeRow } from "@/generated/rpc";
import { usePlatform } from "@/platform";

/** An identifier finds its own tube, and hardly another. */
const FEW = 5;

export function useTubes(specimens: Ref<RecordRef[]>) {
  const platform = usePlatform();
  const queries = useQueries({
    queries: computed(() =>
      specimens.value.map(({ key }) => {
        const args = { text: key, offset: 0, limit: FEW };
        return { queryKey: ["tubes", args], queryFn: () => platform.call("tubes", args) };
      }),
    ),
  });
  const tubes = computed<TubeRow[]>(() => {
    const rows = queries.value.flatMap((query) => (query.data as TubePage | undefined)?.rows ?? []);
    const byId = new Map(rows.map((row) => [row.specimen.id, row]));
    return specimens.value.flatMap(({ id }) => byId.get(id) ?? []);
  });
  return { tubes, loading: computed(() => queries.value.some((query) => query.isPending)) };
}

/** After a print or a check: everything that says how a tube's label is, is asked for again. */
export function useRefreshTubes(): () => Promise<void> {
  const queries = useQueryClient();
  const told = new Set(["tubes", "label", "record", "history", "home", "app_state"]);
  return () => queries.invalidateQueries({ predicate: ({ queryKey }) => told.has(String(queryKey[0])) });
}
