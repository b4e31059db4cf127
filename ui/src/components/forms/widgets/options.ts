/** Choosing among a few options by a key: the number of the option, or the first letter that only it begins with. */

export interface Option {
  value: string | boolean;
  label: string;
}

/** The option that a key means, if it means one. */
export function optionForKey(options: Option[], key: string): Option | undefined {
  if (/^[1-9]$/.test(key)) return options[Number(key) - 1];
  if (key.length !== 1) return undefined;
  const letter = key.toLocaleLowerCase();
  const meant = options.filter((option) => option.label.toLocaleLowerCase().startsWith(letter));
  return meant.length === 1 ? meant[0] : undefined;
}
