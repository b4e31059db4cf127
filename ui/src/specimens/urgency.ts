/** How urgent a tube is, by words, icon and ground; the time left is counted from the collection. */
import { mdiAlarmLight, mdiClockAlertOutline, mdiClockOutline } from "@mdi/js";
import type { TubeRow } from "@/generated/rpc";

export interface UrgencyLook {
  icon: string;
  ground: string;
}

const LOOKS: Record<string, UrgencyLook> = {
  calm: { icon: mdiClockOutline, ground: "ground-grey" },
  warning: { icon: mdiClockAlertOutline, ground: "ground-yellow" },
  alarm: { icon: mdiAlarmLight, ground: "ground-red" },
};

export function urgencyLook(urgency: string): UrgencyLook {
  return LOOKS[urgency] ?? { icon: mdiClockOutline, ground: "ground-grey" };
}

/** Seconds until the tube is due at the laboratory; negative once it is late. */
export function secondsLeft(tube: Pick<TubeRow, "age_seconds" | "hours_to_lab">): number {
  return tube.hours_to_lab * 3_600 - tube.age_seconds;
}
