/** Characters of a code that only ends a lock-out; a longer one lets the person choose a passphrase. */
const UNLOCKS = 16;

/** Says whether a code, as far as it is typed, is one of the long kind. Rust reads it in earnest. */
export function givesPassphrase(typed: string): boolean {
  return typed.replace(/[\s-]/g, "").length > UNLOCKS;
}
