import type { RouteRecordRaw } from "vue-router";

const page = (path: string, title: string, component: RouteRecordRaw["component"]): RouteRecordRaw =>
  ({ path, component, meta: { title, host: "server", areas: ["desk"] } }) as RouteRecordRaw;

export const routes: RouteRecordRaw[] = [
  page("/devices", "nav.devices", () => import("./DevicesPage.vue")),
  page("/codes", "nav.codes", () => import("./CodesPage.vue")),
  page("/held", "nav.held", () => import("./HeldPage.vue")),
  page("/findings", "nav.findings", () => import("./FindingsPage.vue")),
  page("/conflicts", "nav.conflicts", () => import("./ConflictsPage.vue")),
  page("/forks", "nav.forks", () => import("./ForksPage.vue")),
  page("/browse", "nav.browse", () => import("./BrowsePage.vue")),
];
