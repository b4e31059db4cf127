import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/records/:model/:id/edit",
    component: () => import("./CorrectionPage.vue"),
    props: true,
    meta: { title: "nav.record" },
  },
];
