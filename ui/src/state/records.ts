/** Several records at once, such as all members of a household. */
import { useQueries } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import type { RecordDetail } from "@/generated/rpc";
import { usePlatform } from "@/platform";

export function useRecords(ids: Ref<string[]>) {
  const platform = usePlatform();
  const queries = useQueries({
    queries: computed(() =>
      ids.value.map((id) => ({
        queryKey: ["record", { id }],
        queryFn: () => platform.call("record", { id }),
      })),
    ),
  });
  const byId = computed(() => {
    const details = queries.value.map((query) => query.data as RecordDetail | undefined);
    return new Map(details.flatMap((detail) => (detail ? [[detail.row.id, detail] as const] : [])));
  });
  return { byId, loading: computed(() => queries.value.some((query) => query.isPending)) };
}
