/**
 * The desk at which tubes are handed over: an assistant's laptop, where they go to a driver, that driver's, which counts what the
 * assistant's then takes over, or the laboratory's on the server, where they arrive. The commands have the same names; where the pages are, what they say and who signs differ.
 */
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";
import { usePlatform } from "@/platform";
import { useServerState } from "@/server/state";
import { useAppState } from "@/state/app";

export type Side = "giver" | "taker";

export interface Desk {
  atLab: boolean;
  /** A driver's laptop: it counts, and knows nothing but the list. */
  counts: boolean;
  /** Where all hand-overs are. */
  list: string;
  /** The page of one hand-over. */
  page(transfer: string): string;
  /** The page of a tube, if there is one for this person. */
  tubePage(specimen: string | null): string | undefined;
  /** The sides that sign on this screen. */
  sides: readonly Side[];
  /** The side of the person signed in. */
  mine: Side;
  /** The name of the person signed in. */
  me: ComputedRef<string>;
  /** A text of hand-overs; at the laboratory its own, where it has one. */
  word(key: string, values?: Record<string, unknown>, count?: number): string;
}

export function useDesk(): Desk {
  const { t, te } = useI18n();
  const word = (key: string, values: Record<string, unknown> = {}, count = 1): string =>
    t(key, values, count);

  if (usePlatform().host === "client") {
    const { state } = useAppState();
    if (state.value?.carrier) {
      const own = (key: string): string =>
        te(`driver.count.words.${key}`, "en") ? `driver.count.words.${key}` : `handover.${key}`;
      return {
        atLab: false,
        counts: true,
        list: "/reconcile",
        page: (count) => `/reconcile/${count}`,
        tubePage: () => undefined,
        sides: [],
        mine: "taker",
        me: computed(() => state.value?.user?.name ?? ""),
        word: (key, values, count) => word(own(key), values, count),
      };
    }
    return {
      atLab: false,
      counts: false,
      list: "/handovers",
      page: (transfer) => `/handovers/${transfer}`,
      tubePage: (specimen) => (specimen ? `/specimens/${specimen}` : undefined),
      sides: ["giver"],
      mine: "giver",
      me: computed(() => state.value?.user?.name ?? ""),
      word: (key, values, count) => word(`handover.${key}`, values, count),
    };
  }
  const { state } = useServerState();
  const own = (key: string): string =>
    te(`laboratory.handover.${key}`, "en") ? `laboratory.handover.${key}` : `handover.${key}`;
  return {
    atLab: true,
    counts: false,
    list: "/arriving",
    page: (transfer) => `/deliveries/${transfer}`,
    // Whole records are the desk's; who only works in the laboratory is refused them.
    tubePage: (specimen) =>
      specimen && state.value?.areas.includes("desk") ? `/records/${specimen}` : undefined,
    sides: ["taker", "giver"],
    mine: "taker",
    me: computed(() => state.value?.user?.name ?? ""),
    word: (key, values, count) => word(own(key), values, count),
  };
}
