import { expect, it } from "vitest";
import type { Bags, BagView, TubeRow } from "@/generated/rpc";
import { withBag } from "./useBags";

const tube = (id: string) => ({ specimen: { id } }) as TubeRow;
const bag = (id: string, ...tubes: string[]) => ({ bag: { id }, tubes: tubes.map(tube) }) as BagView;
const all: Bags = { bags: [bag("a", "1"), bag("b")], loose: [tube("2"), tube("3")], ranges: [] };
const ids = ({ bags, loose }: Bags) => [
  bags.map((one) => [one.bag.id, ...one.tubes.map(({ specimen }) => specimen.id)]),
  loose.map(({ specimen }) => specimen.id),
];

it("takes what is in a bag out of the loose tubes", () => {
  expect(ids(withBag(all, bag("b", "3")))).toEqual([
    [
      ["a", "1"],
      ["b", "3"],
    ],
    ["2"],
  ]);
});

it("puts a new bag first", () => {
  expect(ids(withBag(all, bag("c")))).toEqual([
    [["c"], ["a", "1"], ["b"]],
    ["2", "3"],
  ]);
});
