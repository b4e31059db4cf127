/** What the laboratory says of a tube: a picture, a ground and words. Until it has the tube, or misses it, it says nothing. */
import { mdiAlertCircle, mdiCheckDecagramOutline, mdiCloseCircle, mdiFlaskOutline, mdiNeedle } from "@mdi/js";
import { useI18n } from "vue-i18n";

export interface StandingLook {
  icon: string;
  ground: string;
}

const LOOKS: Record<string, StandingLook> = {
  received: { icon: mdiFlaskOutline, ground: "ground-blue" },
  accepted: { icon: mdiCheckDecagramOutline, ground: "ground-green" },
  rejected: { icon: mdiCloseCircle, ground: "ground-red" },
  recollection_requested: { icon: mdiNeedle, ground: "ground-red" },
  missing: { icon: mdiAlertCircle, ground: "ground-red" },
};

export const standingLook = (state: string): StandingLook | undefined => LOOKS[state];

/** Whether the laboratory has, or had, the tube in hand: its way is over, and so is its clock. */
export const hasArrived = (state: string): boolean => state in LOOKS && state !== "missing";

/** Within a sentence. */
export const small = (words: string): string => words.charAt(0).toLocaleLowerCase() + words.slice(1);

export function useStanding() {
  const { t, te } = useI18n();
  const wrong = (code: string | null): string =>
    code && te(`records.choices.discrepancy.${code}`, "en")
      ? small(t(`records.choices.discrepancy.${code}`))
      : (code ?? "");
  /** `Rejected: haemolysed, please draw again`. */
  function standingText(state: string, discrepancy: string | null): string {
    const what = wrong(discrepancy);
    const key = what && ["rejected", "recollection_requested"].includes(state) ? `${state}_as` : state;
    return t(`specimens.standing.${key}`, { what });
  }
  return { standingText, wrong };
}
