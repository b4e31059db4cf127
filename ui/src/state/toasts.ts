/** Short messages at the foot of the window: failures with title, detail and action, and what was done. */
import { reactive } from "vue";
import type { Failure } from "@/generated/rpc";

export interface Toast {
  id: number;
  /** A failure, or a text already translated. */
  content: Failure | string;
}

const toasts = reactive<Toast[]>([]);
let next = 1;

export function useToasts() {
  const add = (content: Failure | string) => {
    // The same failure twice, as from two queries at once, is shown once.
    const same = toasts.find((toast) => JSON.stringify(toast.content) === JSON.stringify(content));
    if (!same) toasts.push({ id: next++, content });
  };
  return {
    toasts,
    fail: (failure: Failure) => add(failure),
    say: (text: string) => add(text),
    close(id: number) {
      const at = toasts.findIndex((toast) => toast.id === id);
      if (at >= 0) toasts.splice(at, 1);
    },
  };
}
