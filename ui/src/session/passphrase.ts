/** What is asked of a new passphrase; Rust checks the same again. */
export const SHORTEST_PASSPHRASE = 8;

export interface PassphraseFaults {
  short: boolean;
  unequal: boolean;
}

/** Characters are counted as people see them, so that an emoji is one. */
export function passphraseFaults(first: string, second: string): PassphraseFaults {
  return { short: [...first].length < SHORTEST_PASSPHRASE, unequal: first !== second };
}
