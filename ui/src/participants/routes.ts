import type { RouteRecordRaw } from "vue-router";

const meta = { title: "nav.participants" };

export const routes: RouteRecordRaw[] = [
  { path: "/participants", component: () => import("./ParticipantsPage.vue"), meta },
  { path: "/members/:id/register", component: () => import("./RegisterFormPage.vue"), props: true, meta },
  { path: "/participants/:id", component: () => import("./ParticipantPage.vue"), props: true, meta },
  {
    path: "/participants/:id/consents/new",
    component: () => import("./ConsentFormPage.vue"),
    props: true,
    meta,
  },
  {
    path: "/participants/:id/visits/new",
    component: () => import("./StudyVisitFormPage.vue"),
    props: true,
    meta,
  },
  { path: "/consents/:id/withdraw", component: () => import("./WithdrawFormPage.vue"), props: true, meta },
];
