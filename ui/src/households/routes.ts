import type { RouteRecordRaw } from "vue-router";

const meta = { title: "nav.households" };

export const routes: RouteRecordRaw[] = [
  { path: "/households", component: () => import("./HouseholdsPage.vue"), meta },
  { path: "/households/new", component: () => import("./HouseholdFormPage.vue"), meta },
  { path: "/households/:id", component: () => import("./HouseholdPage.vue"), props: true, meta },
  { path: "/households/:id/visits/new", component: () => import("./VisitFormPage.vue"), props: true, meta },
  { path: "/households/:id/members/new", component: () => import("./MemberFormPage.vue"), props: true, meta },
  { path: "/members/:id/screen", component: () => import("./ScreeningFormPage.vue"), props: true, meta },
];
