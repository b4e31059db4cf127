/** Keys that work on every page. */
import { onMounted, onScopeDispose } from "vue";
import { useRouter } from "vue-router";
import type { Place } from "./navigation";

interface Shortcuts {
  help: () => void;
  lock: () => Promise<void>;
  enabled: () => boolean;
  places: () => Place[];
}

/** `Alt+1` … `Alt+9` go to the places in their order, `Alt+L` locks, `?` outside of a text shows the help. */
export function useShortcuts({ help, lock, enabled, places }: Shortcuts): void {
  const router = useRouter();
  const onKey = (event: KeyboardEvent) => {
    if (!enabled() || event.defaultPrevented) return;
    const place =
      event.altKey && !event.ctrlKey
        ? places()[Number(/^Digit([1-9])$/.exec(event.code)?.[1]) - 1]
        : undefined;
    if (place) void router.push(place.to);
    else if (event.altKey && event.code === "KeyL") void lock();
    else if (event.key === "?" && !isText(event.target)) help();
    else return;
    event.preventDefault();
  };
  onMounted(() => window.addEventListener("keydown", onKey));
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}
