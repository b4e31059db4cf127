/** How outcomes and states look: a picture and a ground, always beside words. */
import {
  mdiAlertCircle,
  mdiCheckCircle,
  mdiCloseCircle,
  mdiDatabaseClockOutline,
  mdiDatabaseOffOutline,
  mdiEyeOffOutline,
  mdiHandBackLeft,
  mdiHelpCircle,
  mdiLockOutline,
  mdiPlusCircle,
  mdiSignatureFreehand,
  mdiSwapHorizontal,
  mdiTruckCheckOutline,
  mdiTruckRemoveOutline,
} from "@mdi/js";
import type { HandoverRow, TubeSource } from "@/generated/rpc";

export interface Look {
  icon: string;
  ground: string;
}

const UNKNOWN: Look = { icon: mdiHelpCircle, ground: "ground-grey" };
const OUTCOMES: Record<string, Look> = {
  unseen: { icon: mdiEyeOffOutline, ground: "ground-grey" },
  matched: { icon: mdiCheckCircle, ground: "ground-green" },
  missing: { icon: mdiAlertCircle, ground: "ground-red" },
  rejected: { icon: mdiCloseCircle, ground: "ground-red" },
  held_back: { icon: mdiHandBackLeft, ground: "ground-violet" },
  unexpected: { icon: mdiPlusCircle, ground: "ground-yellow" },
};
const STATES: Record<string, Look> = {
  open: { icon: mdiSwapHorizontal, ground: "ground-blue" },
  signed: { icon: mdiSignatureFreehand, ground: "ground-yellow" },
  closed: { icon: mdiLockOutline, ground: "ground-green" },
  stale: { icon: mdiAlertCircle, ground: "ground-red" },
};
/** What the laboratory knew of a tube beforehand. */
const SOURCES: Record<TubeSource, Look> = {
  dispatched: { icon: mdiTruckCheckOutline, ground: "ground-grey" },
  announced: { icon: mdiDatabaseClockOutline, ground: "ground-blue" },
  undispatched: { icon: mdiTruckRemoveOutline, ground: "ground-yellow" },
  unknown: { icon: mdiDatabaseOffOutline, ground: "ground-red" },
};

export const outcomeLook = (outcome: string): Look => OUTCOMES[outcome] ?? UNKNOWN;
/** The state that is shown: a signature that does not hold any more comes before all others. */
export const shownState = (row: Pick<HandoverRow, "state" | "stale">): string =>
  row.stale ? "stale" : row.state;
export const sourceLook = (source: TubeSource): Look => SOURCES[source] ?? UNKNOWN;
export const stateLook = (state: string): Look => STATES[state] ?? UNKNOWN;
