/** One record with its history, from whichever host answers. */
import { computed } from "vue";
import { usePlatform } from "@/platform";
import { useAsk } from "@/state/call";

export function useRecord(id: () => string) {
  const onServer = usePlatform().host === "server";
  const args = computed(() => ({ id: id() }));
  // States change as receipts arrive, also while the page is open.
  const detail = useAsk(onServer ? "server_record" : "record", args, { every: 5_000 });
  const history = useAsk(onServer ? "server_history" : "history", args, { every: 5_000 });

  /** Who wrote which entry, for the values of a conflict. */
  const authors = computed<Record<string, string>>(() =>
    Object.fromEntries(
      (history.data.value ?? []).map((line) => [
        line.dot,
        [line.user_name, line.device].filter(Boolean).join(" · "),
      ]),
    ),
  );
  return { onServer, detail, history, authors };
}
