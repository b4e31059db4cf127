/** The server's state: who is signed in, and what waits for people. */
import { useQuery, useQueryClient } from "@tanstack/vue-query";
import type { ServerState } from "@/generated/rpc";
import { usePlatform } from "@/platform";
import { computed } from "vue";

const KEY = ["server_state"];

export function useServerState() {
  const platform = usePlatform();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: KEY,
    queryFn: () => platform.call("server_state", {}),
    refetchInterval: 10_000,
  });
  return {
    query,
    state: computed<ServerState | undefined>(() => query.data.value),
    keep(state: ServerState) {
      queries.setQueryData(KEY, state);
      // Nothing of a participant stays in memory of a browser that is signed out.
      if (!state.user) queries.removeQueries({ predicate: (other) => other.queryKey[0] !== KEY[0] });
    },
    refresh: () => queries.invalidateQueries({ queryKey: KEY }),
  };
}
