/** The client's state (which page, who, the badge), asked for often and kept in one place. */
import { useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import type { AppState, SyncStatus } from "@/generated/rpc";
import { usePlatform } from "@/platform";

const KEY = ["app_state"];

/** Phases in which something moves on the screen, so that it is worth asking every second. */
const MOVING = new Set(["connecting", "sending", "receiving"]);

/** Milliseconds until the state is asked for again. */
export function pollEvery(sync: SyncStatus | null | undefined): number {
  return sync && MOVING.has(sync.phase) ? 1_000 : 5_000;
}

export function useAppState() {
  const platform = usePlatform();
  const query = useQuery({
    queryKey: KEY,
    queryFn: () => platform.call("app_state", {}),
    enabled: platform.host === "client",
    refetchInterval: (query) => pollEvery(query.state.data?.sync),
    refetchIntervalInBackground: true,
  });
  const state = computed<AppState | undefined>(() => query.data.value);
  const sync = computed<SyncStatus | null>(() => state.value?.sync ?? null);
  return { query, state, sync };
}

/** Puts what a command answered where the pages look, without asking again. */
export function useKeepState() {
  const queries = useQueryClient();
  return {
    keepApp(state: AppState) {
      queries.setQueryData(KEY, state);
    },
    keepSync(sync: SyncStatus) {
      queries.setQueryData<AppState>(KEY, (state) => (state ? { ...state, sync } : state));
    },
    refresh: () => queries.invalidateQueries({ queryKey: KEY }),
    /** After a save: everything shown may have changed. */
    refreshAll: () => queries.invalidateQueries(),
    /** After signing out: nothing of a participant stays in memory. */
    forget: () => queries.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] }),
  };
}
