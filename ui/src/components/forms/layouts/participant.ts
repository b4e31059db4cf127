import { joinText, type FormLayout } from "../layout";

export const eligibility: FormLayout = {
  model: "eligibility",
  now: ["screened_at"],
  label: (values) => joinText(values, "age_in_years"),
  sections: [
    {
      title: "screening",
      items: [
        { field: "screened_at", span: 4 },
        { field: "age_in_years", span: 2 },
        { field: "study_resident", span: 6 },
      ],
    },
    {
      title: "criteria",
      items: [
        { field: "citizen", span: 4 },
        { field: "is_literate", span: 4 },
        { field: "witness_available", span: 4, when: (values) => values["is_literate"] === false },
        { field: "can_consent", span: 4 },
        { field: "guardian_available", span: 4 },
        { field: "willing", span: 4 },
      ],
    },
  ],
};

export const participant: FormLayout = {
  model: "participant",
  label: (values) => joinText(values, "first_name", "last_name"),
  sections: [
    {
      title: "person",
      items: [
        { field: "first_name", span: 4 },
        { field: "last_name", span: 4 },
        { field: "initials", span: 2 },
        { field: "gender", span: 4 },
        { field: "dob", span: 3 },
        { field: "is_dob_estimated", span: 8 },
      ],
    },
    {
      title: "identity",
      items: [
        { field: "identity_type", span: 12 },
        { field: "identity", span: 4 },
        { field: "confirm_identity", span: 4 },
        { field: "citizen", span: 3 },
      ],
    },
    {
      title: "contact",
      items: [
        { field: "language", span: 4 },
        { field: "is_literate", span: 4 },
        { field: "phone", span: 4 },
        { field: "physical_address", span: 12, long: true },
      ],
    },
  ],
};

export const consent: FormLayout = {
  model: "consent",
  now: ["consent_datetime"],
  label: (values) => joinText(values, "consent_version"),
  sections: [
    {
      title: "consent",
      items: [
        { field: "consent_version", span: 6 },
        { field: "consent_datetime", span: 4 },
        { field: "may_store_samples", span: 4 },
        { field: "scope", span: 8 },
      ],
    },
    {
      title: "others",
      items: [
        { field: "guardian_name", span: 6, asked: true },
        { field: "witness_name", span: 6, asked: true },
      ],
    },
  ],
};

/** Taking a consent back: a change of the consent that gives time and reason. */
export const withdrawal: FormLayout = {
  model: "consent",
  now: ["withdrawn_at"],
  label: (values) => joinText(values, "consent_version"),
  sections: [
    {
      title: "withdrawal",
      items: [
        { field: "withdrawn_at", span: 4 },
        { field: "withdrawal_reason", span: 12, long: true },
      ],
    },
  ],
};

/** All of a consent, for corrections. */
export const consentWhole: FormLayout = {
  ...consent,
  now: [],
  sections: [
    ...consent.sections,
    {
      title: "withdrawal",
      items: [
        { field: "withdrawn_at", span: 4 },
        { field: "withdrawal_reason", span: 8 },
      ],
    },
  ],
};

export const visit: FormLayout = {
  model: "visit",
  now: ["report_datetime"],
  label: (values) => joinText(values, "visit_code"),
  sections: [
    {
      title: "visit",
      items: [
        { field: "visit_code", span: 6 },
        { field: "report_datetime", span: 4 },
        { field: "reason", span: 6 },
        { field: "survival_status", span: 6 },
        { field: "info_source", span: 12, as: "options" },
      ],
    },
  ],
};
