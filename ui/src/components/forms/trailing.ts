/** Runs a task a while after the last of several calls, but never later than a limit after the first. */
export interface Trailing {
  /** Asks for a run. */
  touch(): void;
  /** Runs now if a run is due. */
  flush(): void;
  /** Forgets a run that is due. */
  cancel(): void;
  /** Says whether a run is due. */
  due(): boolean;
}

/** `quiet` is the pause that is waited for and `limit` the longest wait, both in milliseconds. */
export function trailing(task: () => void, quiet: number, limit: number): Trailing {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;

  function run(): void {
    cancel();
    task();
  }

  function cancel(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  function touch(): void {
    const now = Date.now();
    if (timer === undefined) latest = now + limit;
    clearTimeout(timer);
    timer = setTimeout(run, Math.max(0, Math.min(quiet, latest - now)));
  }

  function flush(): void {
    if (timer !== undefined) run();
  }

  return { touch, flush, cancel, due: () => timer !== undefined };
}
