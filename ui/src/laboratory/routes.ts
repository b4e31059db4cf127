import type { RouteRecordRaw } from "vue-router";

const page = (
  path: string,
  title: string,
  component: RouteRecordRaw["component"],
  areas = ["laboratory"],
): RouteRecordRaw =>
  ({ path, component, props: path.includes(":"), meta: { title, host: "server", areas } }) as RouteRecordRaw;

export const routes: RouteRecordRaw[] = [
  page("/arriving", "nav.arriving", () => import("./ArrivingPage.vue"), ["laboratory", "driver"]),
  page("/deliveries/new", "nav.delivery", () => import("./NewDeliveryPage.vue")),
  page("/deliveries/:id", "nav.delivery", () => import("@/handover/HandoverPage.vue")),
  page("/received", "nav.received", () => import("./ReceivedPage.vue")),
  page("/missing", "nav.missing", () => import("./MissingPage.vue")),
  page("/report", "nav.report", () => import("./ReportPage.vue")),
];
