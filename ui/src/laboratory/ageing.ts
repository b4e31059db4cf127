/** How long a tube has been looked for, in classes: within a day it mostly turns up, after three it hardly does. */
import { mdiClockAlertOutline, mdiClockOutline, mdiTimerAlertOutline } from "@mdi/js";

const DAY = 86_400;

export type Ageing = "fresh" | "days" | "long";
export const AGEINGS: readonly Ageing[] = ["fresh", "days", "long"];

export const ageingOf = (seconds: number): Ageing =>
  seconds < DAY ? "fresh" : seconds <= 3 * DAY ? "days" : "long";

const LOOKS = {
  fresh: { icon: mdiClockOutline, ground: "ground-grey" },
  days: { icon: mdiClockAlertOutline, ground: "ground-yellow" },
  long: { icon: mdiTimerAlertOutline, ground: "ground-red" },
};
export const ageingLook = (ageing: Ageing) => LOOKS[ageing];
