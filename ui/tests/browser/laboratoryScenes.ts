/** The laboratory's pages that need no steps to reach; the others are in `laboratory.spec.ts`. */
import { idOf } from "./fieldScenes";
import type { Scene } from "./scenes";

export const LAB = "host=server&areas=laboratory";

export const LABORATORY_SCENES: Scene[] = [
  { name: "arriving", world: LAB, route: "/arriving" },
  { name: "arriving-none", world: `${LAB}&lab=none`, route: "/arriving" },
  { name: "arriving-failing", world: `${LAB}&lab=failing`, route: "/arriving" },
  { name: "arriving-driver", world: "host=server&areas=driver", route: "/arriving" },
  { name: "delivery-new", world: LAB, route: "/deliveries/new" },
  { name: "delivery-walk-in", world: `${LAB}&lab=none`, route: "/deliveries/new" },
  { name: "delivery", world: LAB, route: `/deliveries/${idOf("r3")}` },
  { name: "delivery-even", world: `${LAB}&lab=even`, route: `/deliveries/${idOf("r3")}` },
  { name: "delivery-signed", world: LAB, route: `/deliveries/${idOf("r2")}` },
  { name: "delivery-closed", world: LAB, route: `/deliveries/${idOf("r1")}` },
  { name: "delivery-gone", world: LAB, route: `/deliveries/${idOf("r9")}` },
  { name: "received", world: LAB, route: "/received" },
  { name: "received-none", world: `${LAB}&lab=none`, route: "/received" },
  { name: "received-many", world: `${LAB}&lab=many`, route: "/received" },
  { name: "received-failing", world: `${LAB}&lab=failing`, route: "/received" },
  { name: "missing", world: LAB, route: "/missing" },
  { name: "missing-none", world: `${LAB}&lab=none`, route: "/missing" },
  { name: "missing-many", world: `${LAB}&lab=many`, route: "/missing" },
  { name: "missing-failing", world: `${LAB}&lab=failing`, route: "/missing" },
  { name: "report", world: LAB, route: "/report" },
  { name: "report-none", world: `${LAB}&lab=none`, route: "/report" },
  { name: "report-failing", world: `${LAB}&lab=failing`, route: "/report" },
  { name: "specimens-news", world: "lab=news", route: "/specimens" },
  { name: "home-news", world: "lab=news", route: "/home" },
];
