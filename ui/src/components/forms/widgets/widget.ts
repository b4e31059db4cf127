/** What every input of a form is given and says. */
import type { FieldDescription } from "../../../generated/rpc";
import type { ParseProblem } from "../parse";
import type { Unparsed } from "../recordForm";
import type { Value } from "../values";

export interface WidgetProps {
  /** Id of the input, for its label. */
  id: string;
  field: FieldDescription;
  label: string;
  value: Value;
  /** Text that could not be read as a value. */
  unparsed?: Unparsed;
  invalid: boolean;
  /** Ids of the texts that explain the input. */
  describedBy?: string;
  required: boolean;
  long?: boolean;
}

export interface WidgetEvents {
  value: [value: Value];
  unparsed: [text: string, problem: ParseProblem];
  leave: [];
}
