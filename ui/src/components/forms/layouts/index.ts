/** The layout with which a saved record of each model is corrected. */
import type { FormLayout } from "../layout";
import { household, householdMember, householdVisit } from "./household";
import { consentWhole, eligibility, participant, visit } from "./participant";
import { requisition, specimen } from "./requisition";

const withoutNow = (layout: FormLayout): FormLayout => ({ ...layout, now: [] });

const LAYOUTS = [
  household,
  householdVisit,
  householdMember,
  eligibility,
  participant,
  consentWhole,
  visit,
  requisition,
  specimen,
].map(withoutNow);

export function correctionLayout(model: string): FormLayout | undefined {
  return LAYOUTS.find((layout) => layout.model === model);
}
