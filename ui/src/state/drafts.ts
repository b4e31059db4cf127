/** Before the screen locks or the person signs out, every open form keeps its draft. */
import { onScopeDispose } from "vue";

type Flush = () => Promise<void>;

const open = new Set<Flush>();

/** A form says how to keep its draft; forgotten when the form is closed. */
export function onFlush(flush: Flush): void {
  open.add(flush);
  onScopeDispose(() => open.delete(flush));
}

/** Keeps the drafts of all open forms; one that cannot be kept does not stop the others. */
export async function flushDrafts(): Promise<void> {
  await Promise.allSettled([...open].map((flush) => flush()));
}
