import { expect, it } from "vitest";
import { ageingOf } from "./ageing";

it.each([
  [-5, "fresh"],
  [0, "fresh"],
  [86_399, "fresh"],
  [86_400, "days"],
  [259_200, "days"],
  [259_201, "long"],
])("%d seconds are %s", (seconds, ageing) => expect(ageingOf(seconds)).toBe(ageing));
