import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/handovers", component: () => import("./HandoversPage.vue"), meta: { title: "nav.handovers" } },
  {
    path: "/handovers/new",
    component: () => import("./NewHandoverPage.vue"),
    meta: { title: "nav.handovers" },
  },
  {
    path: "/handovers/:id",
    component: () => import("./HandoverPage.vue"),
    props: true,
    meta: { title: "nav.handovers" },
  },
];
