/** Locks after a time in which nobody touched keyboard, mouse or screen. */
import { onMounted, onScopeDispose } from "vue";

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"] as const;

/**
 * Calls `lock` after `minutes()` minutes without a sign of a person; zero minutes is never. The time is compared with
 * the clock, so that a laptop that slept locks as it wakes.
 */
export function useAutoLock(
  minutes: () => number,
  lock: () => Promise<void>,
  clock: () => number = Date.now,
): void {
  let last = clock();
  const touched = () => (last = clock());
  const look = () => {
    const limit = minutes() * 60_000;
    if (limit === 0) return void touched();
    if (clock() - last < limit) return;
    touched();
    void lock();
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  onMounted(() => {
    for (const sign of SIGNS) window.addEventListener(sign, touched, { passive: true, capture: true });
    timer = setInterval(look, 5_000);
  });
  onScopeDispose(() => {
    for (const sign of SIGNS) window.removeEventListener(sign, touched, { capture: true });
    clearInterval(timer);
  });
}
