import { expect, it } from "vitest";
import { placesOf } from "./areas";

const paths = (...areas: string[]) => placesOf(areas).map(({ to }) => to);

it("shows each role its own places", () => {
  expect(paths("driver")).toEqual(["/arriving"]);
  expect(paths("laboratory")).toEqual(["/arriving", "/received", "/missing", "/report"]);
  expect(paths("desk")[0]).toBe("/devices");
  expect(paths("of_a_newer_server")).toEqual([]);
});

it("shows a place of two areas once", () => {
  expect(paths("driver", "laboratory").filter((to) => to === "/arriving")).toHaveLength(1);
});
