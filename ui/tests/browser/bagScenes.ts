/** The pages of bags that need no steps to reach; the others are in `bags.spec.ts`. */
import { idOf } from "./fieldScenes";
import type { Scene } from "./scenes";

export const BAG_SCENES: Scene[] = [
  { name: "bags", world: "bags=some", route: "/bags" },
  { name: "bags-none", route: "/bags" },
  { name: "bags-no-tube", world: "work=none", route: "/bags" },
  { name: "bags-all-packed", world: "bags=all", route: "/bags" },
  { name: "bag", world: "bags=some", route: `/bags/${idOf("b2")}` },
  { name: "bag-empty", world: "bags=some", route: `/bags/${idOf("b3")}` },
  { name: "bag-closed", world: "bags=some", route: `/bags/${idOf("b1")}` },
  { name: "bag-gone", world: "bags=some", route: `/bags/${idOf("b9")}` },
];
