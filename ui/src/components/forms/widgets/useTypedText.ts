/** Text of an input whose value is read from it: kept as typed, and written anew only when the value comes from elsewhere. */
import { ref, watch, type Ref } from "vue";
import type { Parsed, ParseProblem } from "../parse";
import type { Value } from "../values";
import type { WidgetProps } from "./widget";

export interface TypedText {
  text: Ref<string>;
  /** Takes what was typed. */
  type(typed: unknown): void;
  /** Writes the value as it was understood. */
  tidy(): void;
}

export function useTypedText<T extends Value>(
  props: WidgetProps,
  read: (text: string) => Parsed<T>,
  write: (value: T) => string,
  emitValue: (value: Value) => void,
  emitUnparsed: (text: string, problem: ParseProblem) => void,
): TypedText {
  const shownFor = (value: Value): string => (value === null || value === undefined ? "" : write(value as T));
  const text = ref(props.unparsed?.text ?? shownFor(props.value));

  watch(
    () => [props.value, props.unparsed?.text] as const,
    ([value, unparsed]) => {
      if (unparsed !== undefined) {
        text.value = unparsed;
        return;
      }
      const mine = read(text.value);
      if (!mine.ok || mine.value !== (value ?? null)) text.value = shownFor(value);
    },
  );

  return {
    text,
    type(typed) {
      text.value = typeof typed === "string" ? typed : "";
      const result = read(text.value);
      if (result.ok) emitValue(result.value);
      else emitUnparsed(text.value, result.problem);
    },
    tidy() {
      const result = read(text.value);
      if (result.ok && result.value !== null) text.value = write(result.value);
    },
  };
}
