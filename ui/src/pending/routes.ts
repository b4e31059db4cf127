import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/pending", component: () => import("./PendingPage.vue"), meta: { title: "nav.pending" } },
];
