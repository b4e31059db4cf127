/**
 * Holds back what would move the page while a mouse button is down: a message that appears between press and release
 * would slide the page from under the pointer, and the click would go to something else.
 */
let down = false;
const waiting: (() => void)[] = [];

function released(): void {
  down = false;
  // After the click that belongs to this release.
  setTimeout(() => waiting.splice(0).forEach((work) => work()), 0);
}

if (typeof document !== "undefined") {
  document.addEventListener("pointerdown", () => (down = true), true);
  for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, released, true);
  window.addEventListener("blur", released);
}

/** Does the work now, or once the mouse button is up. */
export function whenReleased(work: () => void): void {
  if (down) waiting.push(work);
  else work();
}
