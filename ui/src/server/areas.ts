/** The places of the server's pages, by the areas that a person's role includes. */
import {
  mdiAccountSearchOutline,
  mdiAlertCircleOutline,
  mdiCallSplit,
  mdiChartBar,
  mdiDatabaseSearchOutline,
  mdiFlaskOutline,
  mdiKeyOutline,
  mdiLaptop,
  mdiSourceBranch,
  mdiTrayAlert,
  mdiTruckOutline,
} from "@mdi/js";
import { watch } from "vue";
import { useRoute, useRouter } from "vue-router";
import type { ServerCounts } from "@/generated/rpc";
import type { Place } from "@/shell/navigation";

const ARRIVING: Place = { to: "/arriving", title: "nav.arriving", icon: mdiTruckOutline };

const PLACES: Record<string, (counts?: ServerCounts | null) => (Place & { count?: number })[]> = {
  desk: (counts) => [
    { to: "/devices", title: "nav.devices", icon: mdiLaptop },
    { to: "/codes", title: "nav.codes", icon: mdiKeyOutline },
    { to: "/held", title: "nav.held", icon: mdiTrayAlert, count: counts?.held },
    { to: "/findings", title: "nav.findings", icon: mdiAlertCircleOutline, count: counts?.findings },
    { to: "/conflicts", title: "nav.conflicts", icon: mdiCallSplit, count: counts?.conflicts },
    { to: "/forks", title: "nav.forks", icon: mdiSourceBranch, count: counts?.forks },
    { to: "/browse", title: "nav.browse", icon: mdiDatabaseSearchOutline },
  ],
  laboratory: () => [
    ARRIVING,
    { to: "/received", title: "nav.received", icon: mdiFlaskOutline },
    { to: "/missing", title: "nav.missing", icon: mdiAccountSearchOutline },
    { to: "/report", title: "nav.report", icon: mdiChartBar },
  ],
  driver: () => [ARRIVING],
};

/** The places of all of somebody's areas, each once, in the order in which the server names the areas. */
export function placesOf(areas: string[], counts?: ServerCounts | null): (Place & { count?: number })[] {
  const all = areas.flatMap((area) => PLACES[area]?.(counts) ?? []);
  return all.filter(({ to }, at) => all.findIndex((other) => other.to === to) === at);
}

/** Leads whoever is signed in to the first of the own pages, from the start and from pages of other areas. */
export function useAreas(areas: () => string[] | undefined): void {
  const route = useRoute();
  const router = useRouter();
  watch(
    () => [areas()?.join(), route.path] as const,
    () => {
      const own = areas();
      const first = own && placesOf(own)[0];
      const wanted = route.meta.areas;
      if (first && wanted && !wanted.some((area) => own.includes(area))) void router.replace(first.to);
    },
    { immediate: true },
  );
}
