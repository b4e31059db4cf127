import { joinText, type FormLayout } from "../layout";

export const household: FormLayout = {
  model: "household",
  label: (values) => joinText(values, "community", "section", "plot"),
  sections: [
    {
      title: "place",
      items: [
        { field: "community", span: 4, as: "list" },
        { field: "section", span: 4 },
        { field: "plot", span: 4 },
        { field: "status", span: 12 },
      ],
    },
    {
      title: "position",
      items: [
        { field: "gps_lat", span: 3 },
        { field: "gps_lon", span: 3 },
        { field: "gps_accuracy_m", span: 2 },
        { field: "gps_source", span: 4, as: "list" },
      ],
    },
    { title: "notes", items: [{ field: "notes", span: 12, long: true }] },
  ],
};

export const householdVisit: FormLayout = {
  model: "household_visit",
  now: ["visited_at"],
  label: (values) => joinText(values, "outcome"),
  sections: [
    {
      title: "visit",
      items: [
        { field: "visited_at", span: 4 },
        { field: "outcome", span: 12 },
        { field: "next_visit", span: 4 },
        { field: "notes", span: 12, long: true },
      ],
    },
  ],
};

export const householdMember: FormLayout = {
  model: "household_member",
  label: (values) => joinText(values, "first_name", "initials"),
  sections: [
    {
      title: "person",
      items: [
        { field: "first_name", span: 6 },
        { field: "initials", span: 2 },
        { field: "disambiguator", span: 4, asked: true },
        { field: "age_in_years", span: 2 },
        { field: "gender", span: 4 },
        { field: "head_of_household", span: 3 },
        { field: "relation", span: 4 },
      ],
    },
    {
      title: "today",
      items: [
        { field: "survival_status", span: 6 },
        { field: "present_today", span: 3 },
        { field: "inability_to_participate", span: 6 },
        { field: "study_resident", span: 6 },
      ],
    },
  ],
};
