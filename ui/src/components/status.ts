/** How each state looks: an icon, a word and a colour, never a colour alone. */
import {
  mdiAlertOutline,
  mdiCarOutline,
  mdiCheckCircleOutline,
  mdiPencilOutline,
  mdiTrayArrowUp,
} from "@mdi/js";
import type { RecordStatus } from "@/generated/rpc";

export interface StatusLook {
  icon: string;
  /** A ground of the theme; its text colour goes with it. */
  ground: string;
}

export const STATUS_LOOKS: Record<RecordStatus, StatusLook> = {
  draft: { icon: mdiPencilOutline, ground: "ground-grey" },
  ready: { icon: mdiTrayArrowUp, ground: "ground-blue" },
  with_driver: { icon: mdiCarOutline, ground: "ground-violet" },
  received: { icon: mdiCheckCircleOutline, ground: "ground-green" },
  attention: { icon: mdiAlertOutline, ground: "ground-yellow" },
};

export const STATUSES = Object.keys(STATUS_LOOKS) as RecordStatus[];
