import type { RouteRecordRaw } from "vue-router";

const meta = { title: "nav.requisitions" };

export const routes: RouteRecordRaw[] = [
  { path: "/requisitions", component: () => import("./RequisitionsPage.vue"), meta },
  {
    path: "/participants/:id/requisitions/new",
    component: () => import("./RequisitionFormPage.vue"),
    props: true,
    meta,
  },
];
