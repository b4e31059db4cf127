/** The time until an account locked by wrong passphrases opens again, counted down. */
import { computed, onScopeDispose, ref } from "vue";
import { useFormat } from "@/format";

export function useLockOut(until: () => string | null) {
  const format = useFormat();
  const now = ref(Date.now());
  const timer = setInterval(() => (now.value = Date.now()), 1_000);
  onScopeDispose(() => clearInterval(timer));

  const seconds = computed(() => {
    const end = until();
    return end ? Math.ceil((Date.parse(end) - now.value) / 1_000) : 0;
  });
  return {
    locked: computed(() => seconds.value > 0),
    /** Minutes are said until the last one, so that the number does not flicker. */
    left: computed(() => format.age(seconds.value)),
  };
}
