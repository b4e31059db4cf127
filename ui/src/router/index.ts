/**
 * Routes by what a person does. Each folder of pages has a `routes.ts` that exports `routes`; the hash keeps them working
 * under any address, also where no server could answer a path.
 */
import type { RouteRecordRaw } from "vue-router";
import { createRouter, createWebHashHistory } from "vue-router";
import type { Host } from "@/platform/host";

declare module "vue-router" {
  interface RouteMeta {
    /** Key of the page's name, for the window's title. */
    title: string;
    /** Which host has the page; client if it does not say. */
    host?: Host | "both";
    /** The parts of the server's pages that it belongs to; who has none of them is led away. */
    areas?: string[];
  }
}

const modules = import.meta.glob<{ routes: RouteRecordRaw[] }>("../*/routes.ts", { eager: true });

export function makeRouter(host: Host) {
  const all = Object.values(modules).flatMap((module) => module.routes);
  const ours = all.filter((route) => [host, "both"].includes(route.meta?.host ?? "client"));
  // Which page of the server is the first depends on who signs in; see `useAreas`.
  const start: RouteRecordRaw =
    host === "server"
      ? { path: "/", component: { render: () => null }, meta: { title: "shell.start", areas: [] } }
      : { path: "/", redirect: "/home" };
  return createRouter({
    history: createWebHashHistory(),
    routes: [...ours, { path: "/:rest(.*)+", redirect: "/" }, start],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  });
}
