import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/collect", component: () => import("./CollectPage.vue"), meta: { title: "nav.collect" } },
  { path: "/reconcile", component: () => import("./ReconcilePage.vue"), meta: { title: "nav.reconcile" } },
  {
    path: "/reconcile/:id",
    component: () => import("@/handover/HandoverPage.vue"),
    props: true,
    meta: { title: "nav.reconcile" },
  },
  { path: "/deliver", component: () => import("./DeliverPage.vue"), meta: { title: "nav.deliver" } },
  { path: "/driver", component: () => import("./DriverPage.vue"), meta: { title: "nav.driver" } },
];
