/** The places of the field client, in the order of a day's work. */
import {
  mdiAccountGroupOutline,
  mdiBagSuitcaseOutline,
  mdiClipboardTextOutline,
  mdiCogOutline,
  mdiHomeOutline,
  mdiHomeGroup,
  mdiTestTube,
  mdiTrayArrowUp,
  mdiTrayFull,
  mdiUsbFlashDriveOutline,
} from "@mdi/js";

export interface Place {
  to: string;
  /** Key of its name. */
  title: string;
  icon: string;
}

export const PLACES: Place[] = [
  { to: "/home", title: "nav.home", icon: mdiHomeOutline },
  { to: "/households", title: "nav.households", icon: mdiHomeGroup },
  { to: "/participants", title: "nav.participants", icon: mdiAccountGroupOutline },
  { to: "/requisitions", title: "nav.requisitions", icon: mdiClipboardTextOutline },
  { to: "/specimens", title: "nav.specimens", icon: mdiTestTube },
  { to: "/bags", title: "nav.bags", icon: mdiBagSuitcaseOutline },
  { to: "/sync", title: "nav.sync", icon: mdiTrayArrowUp },
  { to: "/ways", title: "nav.ways", icon: mdiUsbFlashDriveOutline },
  { to: "/pending", title: "nav.pending", icon: mdiTrayFull },
  { to: "/settings", title: "nav.settings", icon: mdiCogOutline },
];
