import { joinText, type FormLayout } from "../layout";
import type { Values } from "../values";

const drawn = (values: Values): boolean => values["is_drawn"] === true;
const notDrawn = (values: Values): boolean => values["is_drawn"] === false;

/** What all panels of one request share. */
export const shared: FormLayout = {
  model: "requisition",
  now: ["requisition_datetime"],
  label: () => "",
  sections: [
    {
      title: "request",
      items: [
        { field: "visit", span: 4, as: "list" },
        { field: "requisition_datetime", span: 4 },
        { field: "clinician_initials", span: 4 },
        { field: "priority", span: 4 },
        { field: "comments", span: 8 },
      ],
    },
  ],
};

/** What is asked for each panel of a requisition. */
export const drawing: FormLayout = {
  model: "requisition",
  label: (values) => joinText(values, "panel"),
  sections: [
    {
      title: "drawing",
      items: [
        { field: "is_drawn", span: 3 },
        { field: "drawn_datetime", span: 3, when: drawn },
        { field: "item_type", span: 2, when: drawn, as: "list" },
        { field: "item_count", span: 2, when: drawn },
        { field: "estimated_volume", span: 2, when: drawn },
        { field: "reason_not_drawn", span: 4, when: notDrawn, as: "list" },
        {
          field: "reason_not_drawn_other",
          span: 4,
          when: (values) => notDrawn(values) && values["reason_not_drawn"] === "other",
        },
      ],
    },
  ],
};

/** All of one requisition, for corrections. */
export const requisition: FormLayout = {
  model: "requisition",
  label: (values) => joinText(values, "panel"),
  sections: [
    {
      title: "request",
      items: [
        { field: "panel", span: 4, as: "list" },
        { field: "requisition_datetime", span: 4 },
        { field: "priority", span: 4 },
        { field: "clinician_initials", span: 4 },
      ],
    },
    {
      title: "drawing",
      items: (drawing.sections[0]?.items ?? []).map((item) => ({ ...item, span: 4 as const })),
    },
    { title: "notes", items: [{ field: "comments", span: 12, long: true }] },
  ],
};

export const specimen: FormLayout = {
  model: "specimen",
  label: (values) => joinText(values, "specimen_identifier"),
  sections: [
    {
      title: "tube",
      items: [
        { field: "item", span: 2 },
        { field: "tube_type", span: 4, as: "list" },
        { field: "volume_ml", span: 2 },
        { field: "collected_at", span: 4 },
        { field: "condition", span: 4, as: "list" },
      ],
    },
  ],
};
