/**
 * Keys that hit no field, after a click somewhere or on a button, belong to the scan field: a scanner knows of no focus,
 * and what it sends must not get lost. Keys with a meaning of their own stay where they are.
 */
import { onMounted, onScopeDispose } from "vue";

const TAKES_TEXT = "input, textarea, select, [contenteditable], [role=dialog]";

export function useStrayKeys(take: (event: KeyboardEvent) => void): void {
  const onKey = (event: KeyboardEvent) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!/^[\p{L}\p{N}-]$/u.test(key)) return;
    if (target instanceof Element && target.closest(TAKES_TEXT)) return;
    if (document.querySelector("[role=dialog], [inert]")) return;
    take(event);
  };
  onMounted(() => window.addEventListener("keydown", onKey));
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}
