/** The pages of hand-overs that need no steps to reach; the others are in `handover.spec.ts`. */
import { idOf } from "./fieldScenes";
import type { Scene } from "./scenes";

export const HANDOVER_SCENES: Scene[] = [
  { name: "handovers", world: "handover=some", route: "/handovers" },
  { name: "handovers-none", route: "/handovers" },
  { name: "handover-new", world: "bags=some", route: "/handovers/new" },
  { name: "handover-new-no-tube", world: "work=none", route: "/handovers/new" },
  { name: "handover", world: "handover=some", route: `/handovers/${idOf("h3")}` },
  { name: "handover-even", world: "handover=even", route: `/handovers/${idOf("h3")}` },
  { name: "handover-signed", world: "handover=some", route: `/handovers/${idOf("h2")}` },
  { name: "handover-closed", world: "handover=some", route: `/handovers/${idOf("h1")}` },
  { name: "handover-gone", world: "handover=some", route: `/handovers/${idOf("h9")}` },
];
