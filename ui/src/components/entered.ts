/**
 * How a code came into a field: scanned or typed.
 *
 * A scanner that plays the keyboard sends its characters a few milliseconds apart; nobody types a whole code that fast.
 * A pasted text has no keys at all and counts as typed: nobody held the tube before a scanner.
 */

export type Entered = "scanned" | "typed";

/** Fewest characters of which the speed says something. */
const SHORTEST = 6;
/** A scanner's characters are on average closer than this, milliseconds. */
const SCANNER_GAP = 35;

/** Tells how a text was entered by the moments of its keys, milliseconds, oldest first. */
export function enteredBy(text: string, keys: readonly number[]): Entered {
  const length = text.trim().length;
  if (length < SHORTEST || keys.length < length) return "typed";
  const span = (keys.at(-1) ?? 0) - (keys[0] ?? 0);
  return span / (keys.length - 1) < SCANNER_GAP ? "scanned" : "typed";
}

/** The keys of one field, from when it was last empty. */
export interface KeyTimes {
  /** Heard before the text changes. */
  pressed(key: string, at: number): void;
  /** Forgets the keys; what follows is another code. */
  clear(): void;
  /** How the text was entered. */
  by(text: string): Entered;
}

export function keyTimes(): KeyTimes {
  let times: number[] = [];
  return {
    pressed(key, at) {
      if (key.length === 1) times.push(at);
      // Corrected by hand: what stands there now is not what a scanner sent.
      else if (key === "Backspace" || key === "Delete") times = [];
    },
    clear() {
      times = [];
    },
    by: (text) => enteredBy(text, times),
  };
}
