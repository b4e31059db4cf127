import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/ways", component: () => import("./WaysPage.vue"), meta: { title: "nav.ways" } },
];
