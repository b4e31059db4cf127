/** The present time for ages on screen, one timer for all of them. */
import { onScopeDispose, readonly, ref, type Ref } from "vue";

const now = ref(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

export function useNow(): Readonly<Ref<number>> {
  now.value = Date.now();
  if (users++ === 0) timer = setInterval(() => (now.value = Date.now()), 15_000);
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer);
  });
  return readonly(now);
}
