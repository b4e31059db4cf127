/**
 * Keeps what is typed, within a second, in the order in which it was typed.
 *
 * One `put` is on its way at a time: two at once could arrive in the wrong order and leave the older text.
 */
import { trailing } from "./trailing";

/** Milliseconds without typing after which a draft is kept. */
export const QUIET_MS = 500;
/** Milliseconds after which a draft is kept while typing goes on. */
export const LIMIT_MS = 1000;

export interface DraftKeeper {
  /** Says that something was typed. */
  touch(): void;
  /** Keeps what is typed now and waits until it is kept; answers whether it is. */
  flush(): Promise<boolean>;
  /** Keeps nothing more: the form is being saved or discarded. Waits for a `put` that is on its way. */
  stop(): Promise<void>;
  /** Goes on after a `stop`: the save was refused. */
  resume(): void;
  /** Says whether everything typed is kept. */
  kept(): boolean;
}

export interface DraftKeeperOptions {
  put: () => Promise<void>;
  /** Told when keeping failed, and `undefined` when a draft was kept. */
  onKept?: (failure: unknown) => void;
}

/** Makes the keeper of one form's draft. */
export function draftKeeper(options: DraftKeeperOptions): DraftKeeper {
  let typed = 0;
  let kept = 0;
  let stopped = false;
  let running: Promise<void> | undefined;
  const timer = trailing(() => void keep(), QUIET_MS, LIMIT_MS);

  async function putLatest(): Promise<void> {
    const upTo = typed;
    try {
      await options.put();
      kept = upTo;
      options.onKept?.(undefined);
    } catch (failure) {
      options.onKept?.(failure);
    }
  }

  async function keep(): Promise<void> {
    while (running) await running;
    if (stopped || kept === typed) return;
    running = putLatest();
    await running;
    running = undefined;
  }

  return {
    touch() {
      typed += 1;
      if (!stopped) timer.touch();
    },
    async flush() {
      timer.cancel();
      await keep();
      return kept === typed;
    },
    async stop() {
      stopped = true;
      timer.cancel();
      await running;
    },
    resume() {
      stopped = false;
      if (kept !== typed) timer.touch();
    },
    kept: () => kept === typed,
  };
}
