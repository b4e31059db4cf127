/** Reading identifiers that were typed or scanned. */

/** Brings a printed identifier into one spelling: case, separators, and letters that look like digits. */
export function plainIdentifier(text: string): string {
  return text
    .toUpperCase()
    .replace(/[\s\-–]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
}

export function sameIdentifier(a: string, b: string): boolean {
  const plain = plainIdentifier(a);
  return plain !== "" && plain === plainIdentifier(b);
}
