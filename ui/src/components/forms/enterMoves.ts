/** Moving through a form with the Enter key: each input is a stop, a group of options is one. */

const STOPS = 'input:not([type=hidden]):not([disabled]):not([tabindex="-1"]), textarea:not([disabled])';

/** The stops of a form in their order; of a radio group the chosen one, else the first. */
export function stopsOf(form: HTMLElement): HTMLElement[] {
  const all = [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(STOPS)];
  return all.filter((stop) => {
    if (stop.closest("[data-not-a-stop]")) return false;
    if (!(stop instanceof HTMLInputElement) || stop.type !== "radio") return true;
    const group = all.filter(
      (other) => other instanceof HTMLInputElement && other.name === stop.name,
    ) as HTMLInputElement[];
    return stop === (group.find((radio) => radio.checked) ?? group[0]);
  });
}

/** Says whether an input shows its list of choices. */
export function isOpenList(input: HTMLElement): boolean {
  return input.getAttribute("aria-expanded") === "true";
}

/** Says whether this press of Enter means "next field". */
export function meansNext(event: KeyboardEvent): boolean {
  const target = event.target;
  if (event.key !== "Enter" || event.defaultPrevented || event.isComposing || event.altKey || event.metaKey)
    return false;
  if (target instanceof HTMLTextAreaElement) return event.ctrlKey;
  if (!(target instanceof HTMLInputElement)) return false;
  // An open list takes Enter for itself: it chooses.
  return !isOpenList(target);
}

/** Goes to the stop after the one with the focus; after the last, to the element given. */
export function moveOn(form: HTMLElement, from: HTMLElement, last: HTMLElement | null): void {
  const stops = stopsOf(form);
  const isHere = (stop: HTMLElement): boolean =>
    stop === from || (from instanceof HTMLInputElement && from.type === "radio" && sameGroup(stop, from));
  const next = stops[stops.findIndex(isHere) + 1] ?? last;
  next?.focus();
  if (next instanceof HTMLInputElement && next.type !== "radio" && next.type !== "checkbox") next.select();
}

function sameGroup(stop: HTMLElement, from: HTMLInputElement): boolean {
  return stop instanceof HTMLInputElement && stop.type === "radio" && stop.name === from.name;
}
