import { expect, it } from "vitest";
import { wholeNumber } from "./wholeNumber";

it.each([
  ["1", 1],
  [" 20 ", 20],
  ["0", undefined],
  ["21", undefined],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["1e1", undefined],
  ["٣", undefined],
])("reads %j among 1 to 20 as %s", (text, value) => {
  expect(wholeNumber(text, 1, 20)).toBe(value);
});
