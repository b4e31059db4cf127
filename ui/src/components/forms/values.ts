/** Values of a form as they are typed, and what of them has changed. */

export type Value = string | number | boolean | null;
export type Values = Record<string, Value>;

/** Says whether a value stands for "nothing entered". */
export function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

/** Compares as a person would: nothing entered is nothing, however it is written. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (isEmpty(a) && isEmpty(b)) return true;
  return a === b;
}

/** The values of a new record: everything that is entered. */
export function entered(values: Values, shown: (field: string) => boolean): Values {
  const set: Values = {};
  for (const [field, value] of Object.entries(values)) {
    if (!isEmpty(value) && shown(field)) set[field] = value;
  }
  return set;
}

/** The changed values of a saved record. A field that is no longer asked for is emptied. */
export function changed(values: Values, before: Values, shown: (field: string) => boolean): Values {
  const set: Values = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(values)])) {
    const now = shown(field) ? (values[field] ?? null) : null;
    if (!sameValue(now, before[field])) set[field] = isEmpty(now) ? null : now;
  }
  return set;
}
