/** What a form asks for, in which order, and when; what the values must be is for the rules in Rust. */
import type { Values } from "./values";

/** One field's place in a form. */
export interface LayoutItem {
  field: string;
  /** Columns of twelve. */
  span?: 2 | 3 | 4 | 6 | 8 | 12;
  /** Shown only while this holds. */
  when?: (values: Values) => boolean;
  /** Shown once a rule asks for it, or once it holds something. */
  asked?: boolean;
  /** Several lines. */
  long?: boolean;
  /** A radio group even for many choices, or a list even for few. */
  as?: "options" | "list";
}

export interface LayoutSection {
  /** Names a translation under `forms.sections`. */
  title: string;
  items: LayoutItem[];
}

export interface FormLayout {
  model: string;
  sections: LayoutSection[];
  /** Times that start at the present minute, unless the form is entered later from paper. */
  now?: string[];
  /** One line for the list of drafts. */
  label: (values: Values) => string;
}

/** Joins what is there of several values. */
export function joinText(values: Values, ...fields: string[]): string {
  return fields
    .map((field) => values[field])
    .filter((value) => value !== undefined && value !== null && value !== "")
    .join(" ");
}

export function itemsOf(layout: FormLayout): LayoutItem[] {
  return layout.sections.flatMap((section) => section.items);
}
