import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/bags", component: () => import("./BagsPage.vue"), meta: { title: "nav.bags" } },
  {
    path: "/bags/:id",
    component: () => import("./BagPage.vue"),
    props: true,
    meta: { title: "nav.bags" },
  },
];
