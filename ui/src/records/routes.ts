import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/records/:id",
    component: () => import("./RecordPage.vue"),
    props: true,
    meta: { title: "nav.record", host: "both" },
  },
];
