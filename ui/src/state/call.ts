/** Commands as queries and as actions. */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/vue-query";
import type { MaybeRefOrGetter } from "vue";
import { computed, toValue } from "vue";
import { failureOf, usePlatform, type Args, type Command, type Reply } from "@/platform";
import { useToasts } from "./toasts";

interface AskOptions {
  /** Asks only while this holds. */
  enabled?: MaybeRefOrGetter<boolean>;
  /** Milliseconds between questions; never if absent. */
  every?: MaybeRefOrGetter<number | false>;
}

/** Asks with a command that changes nothing; asks again when its arguments change. */
export function useAsk<K extends Command>(
  command: K,
  args: MaybeRefOrGetter<Args<K>>,
  options: AskOptions = {},
) {
  const platform = usePlatform();
  const query = useQuery<Reply<K>>({
    queryKey: [command, computed(() => toValue(args))],
    queryFn: () => platform.call(command, toValue(args)),
    enabled: () => toValue(options.enabled ?? true),
    refetchInterval: () => toValue(options.every ?? false),
    placeholderData: keepPreviousData,
  });
  return {
    data: computed(() => query.data.value as Reply<K> | undefined),
    failure: computed(() => (query.error.value ? failureOf(query.error.value) : null)),
    loading: computed(() => query.isPending.value),
    refetch: query.refetch,
  };
}

interface DoOptions<K extends Command> {
  /** What to do with the answer. */
  done?: (reply: Reply<K>, args: Args<K>) => void | Promise<void>;
  /** Shows the failure beside the form instead of as a toast. */
  quiet?: boolean;
}

/** Does something with a command; a failure is shown as a toast unless it is quiet. */
export function useDo<K extends Command>(command: K, options: DoOptions<K> = {}) {
  const platform = usePlatform();
  const toasts = useToasts();
  const mutation = useMutation<Reply<K>, Error, Args<K>>({
    mutationFn: (args) => platform.call(command, args),
    onSuccess: (reply, args) => options.done?.(reply, args),
    onError: (error) => {
      if (!options.quiet) toasts.fail(failureOf(error));
    },
  });
  return {
    run: (args: Args<K>) => mutation.mutate(args),
    /** Like {@link run}, to be awaited; rejects with what the platform threw. */
    runAsync: (args: Args<K>) => mutation.mutateAsync(args),
    busy: computed(() => mutation.isPending.value),
    failure: computed(() => (mutation.error.value ? failureOf(mutation.error.value) : null)),
    reset: () => mutation.reset(),
  };
}
