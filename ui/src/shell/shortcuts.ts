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

/** `Alt+1` … `Alt+9` and `Alt+0` go to the places in their order, `Alt+L` locks, `?` outside of a text shows the help. */
export function useShortcuts({ help, lock, enabled, places }: Shortcuts): void {
  const router = useRouter();
  const onKey = (event: KeyboardEvent) => {
    if (!enabled() || event.defaultPrevented) return;
    const digit = event.altKey && !event.ctrlKey ? /^Digit(\d)$/.exec(event.code)?.[1] : undefined;
    const place = places().find((_place, index) => digitOf(index) === digit);
    if (place) void router.push(place.to);
    else if (event.altKey && event.code === "KeyL") void lock();
    else if (event.key === "?" && !isText(event.target)) help();
    else return;
    event.preventDefault();
  };
  onMounted(() => window.addEventListener("keydown", onKey));
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}

/** The digit of a place: the tenth has the 0, as on the keyboard. */
export const digitOf = (index: number): string | null => (index < 10 ? String((index + 1) % 10) : null);

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}
