/** The places of the field client, in the order of a day's work; a driver has others than an assistant. */
import {
  mdiAccountGroupOutline,
  mdiBagSuitcaseOutline,
  mdiClipboardTextOutline,
  mdiCogOutline,
  mdiHomeOutline,
  mdiHomeGroup,
  mdiSwapHorizontal,
  mdiTestTube,
  mdiTrayArrowDown,
  mdiTrayArrowUp,
  mdiTrayFull,
  mdiTruckDeliveryOutline,
} from "@mdi/js";

export interface Place {
  to: string;
  /** Key of its name. */
  title: string;
  icon: string;
}

/** The places of a driver's laptop. */
const DRIVER: Place[] = [
  { to: "/collect", title: "nav.collect", icon: mdiTrayArrowDown },
  { to: "/reconcile", title: "nav.reconcile", icon: mdiSwapHorizontal },
  { to: "/deliver", title: "nav.deliver", icon: mdiTruckDeliveryOutline },
  { to: "/sync", title: "nav.sync", icon: mdiTrayArrowUp },
  { to: "/pending", title: "nav.pending", icon: mdiTrayFull },
  { to: "/settings", title: "nav.settings", icon: mdiCogOutline },
];

const ASSISTANT: Place[] = [
  { to: "/home", title: "nav.home", icon: mdiHomeOutline },
  { to: "/households", title: "nav.households", icon: mdiHomeGroup },
  { to: "/participants", title: "nav.participants", icon: mdiAccountGroupOutline },
  { to: "/requisitions", title: "nav.requisitions", icon: mdiClipboardTextOutline },
  { to: "/specimens", title: "nav.specimens", icon: mdiTestTube },
  { to: "/bags", title: "nav.bags", icon: mdiBagSuitcaseOutline },
  { to: "/handovers", title: "nav.handovers", icon: mdiSwapHorizontal },
  { to: "/sync", title: "nav.sync", icon: mdiTrayArrowUp },
  { to: "/pending", title: "nav.pending", icon: mdiTrayFull },
  { to: "/settings", title: "nav.settings", icon: mdiCogOutline },
];

export function placesOf(isCarrier: boolean): Place[] {
  return isCarrier ? DRIVER : ASSISTANT;
}
