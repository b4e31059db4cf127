import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/specimens", component: () => import("./SpecimensPage.vue"), meta: { title: "nav.specimens" } },
  {
    path: "/specimens/:id",
    component: () => import("./SpecimenPage.vue"),
    props: true,
    meta: { title: "nav.specimens" },
  },
];
