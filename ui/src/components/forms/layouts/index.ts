/** The layout with which a saved record of each model is corrected. */
import type { FormLayout } from "../layout";
import { household, householdMember, householdVisit } from "./household";
import { consentWhole, eligibility, participant, visit } from "./participant";
import { requisition, specimen } from "./requisition";

const withoutNow = (layout: FormLayout): FormLayout => ({ ...layout, now: [] });

/** A second typing of the identity is asked for once the first has changed. */
const asking = (layout: FormLayout, field: string): FormLayout => ({
  ...layout,
  sections: layout.sections.map((section) => ({
    ...section,
    items: section.items.map((item) => (item.field === field ? { ...item, asked: true } : item)),
  })),
});

const LAYOUTS = [
  household,
  householdVisit,
  householdMember,
  eligibility,
  asking(participant, "confirm_identity"),
  consentWhole,
  visit,
  requisition,
  specimen,
].map(withoutNow);

export function correctionLayout(model: string): FormLayout | undefined {
  return LAYOUTS.find((layout) => layout.model === model);
}
