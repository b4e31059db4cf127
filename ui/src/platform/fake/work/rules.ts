/** A few of the rules, enough for the pages to show what they look like. The real ones are in Rust. */
import type { CheckAnswer, FormChange, Problem, Severity } from "@/generated/rpc";
import { get, of, pointingAt, type Fields } from "./store";
import { FORMS, MODELS } from "./study";

export function check(change: FormChange): CheckAnswer {
  const values: Fields = { ...(change.op === "update" ? get(change.record)?.fields : {}), ...change.set };
  const problems: Problem[] = [];
  const say = (
    severity: Severity,
    code: string,
    field: string,
    message: string,
    related: string[] = [],
  ): void => {
    const label =
      MODELS.find((m) => m.name === change.model)?.fields.find((f) => f.name === field)?.labels["en"] ??
      field;
    const text = message.replace("{field}", label);
    problems.push({
      code,
      severity,
      model: change.model,
      field,
      message: text,
      params: { field: label },
      related,
    });
  };
  required(change, values, say);
  MORE[change.model]?.(values, say, change);
  problems.sort((a, b) => a.severity.localeCompare(b.severity));
  return { problems, derived: change.model === "eligibility" ? outcome(values) : {} };
}

type Say = (severity: Severity, code: string, field: string, message: string, related?: string[]) => void;

const missing = (value: Fields[string] | undefined): boolean =>
  value === undefined || value === null || value === "";

function required(change: FormChange, values: Fields, say: Say): void {
  for (const field of MODELS.find((model) => model.name === change.model)?.fields ?? []) {
    const twice = field.transient && (change.op === "insert" || "identity" in change.set);
    if ((field.required || twice) && missing(values[field.name])) {
      say("error", "record.required", field.name, "{field} is empty. Fill it in.");
    }
    const value = values[field.name];
    const ahead = typeof value === "string" && field.past && Date.parse(value) > Date.now() + 300_000;
    if (ahead)
      say(
        "warning",
        "record.time_ahead",
        field.name,
        "{field} is 90 min ahead of the clock. Correct it, or give a reason if it is the clock that is wrong.",
      );
  }
}

const MORE: Record<string, (values: Fields, say: Say, change: FormChange) => void> = {
  household_member(values, say, change) {
    const first = String(values["first_name"] ?? "").toUpperCase()[0];
    if (first && !missing(values["initials"]) && String(values["initials"]).toUpperCase()[0] !== first) {
      say(
        "error",
        "name.initials_first",
        "initials",
        `{field} must begin with “${first}”, the first letter of the first name. Correct the initials or the name.`,
      );
    }
    const head = of("household_member").find(
      (other) =>
        other.id !== change.record &&
        other.fields["household"] === values["household"] &&
        other.fields["head_of_household"] === true,
    );
    if (values["head_of_household"] === true && head) {
      say(
        "error",
        "household_member.head_second",
        "head_of_household",
        "{field}: this household has a head already. Only one member can be it; correct this member or the other.",
        [head.id],
      );
    }
  },
  participant(values, say, change) {
    if (!missing(values["confirm_identity"]) && values["confirm_identity"] !== values["identity"]) {
      say(
        "error",
        "participant.identity_twice",
        "confirm_identity",
        "{field} is not the same as the identity. Look at the document and type both again.",
      );
    }
    if (
      values["identity_type"] === "omang" &&
      !missing(values["identity"]) &&
      !/^\d{9}$/.test(String(values["identity"]))
    ) {
      say(
        "error",
        "participant.identity_format",
        "identity",
        "{field} must be nine digits for this type of identity. Look at the document and correct it.",
      );
    }
    const same = of("participant").filter(
      (other) => other.id !== change.record && other.fields["identity"] === values["identity"],
    );
    if (!missing(values["identity"]) && same.length > 0) {
      say(
        "warning",
        "participant.same_identity",
        "identity",
        "{field}: another participant has this identity. Look whether it is the same person, or say why it is not.",
        same.map((other) => other.id),
      );
    }
  },
  consent(values, say) {
    const participant = get(String(values["participant"]))?.fields ?? {};
    if (participant["is_literate"] === false && missing(values["witness_name"])) {
      say(
        "error",
        "consent.witness_required",
        "witness_name",
        "{field} is empty: a participant who cannot read needs a literate witness. Enter the witness's name.",
      );
    }
    const years = (Date.now() - Date.parse(String(participant["dob"]))) / 31_557_600_000;
    if (years < 18 && missing(values["guardian_name"])) {
      say(
        "error",
        "consent.guardian_required",
        "guardian_name",
        "{field} is empty: a participant under 18, or who cannot consent, needs a guardian. Enter the guardian's name.",
      );
    }
  },
  requisition(values, say) {
    if (values["is_drawn"] === true) {
      for (const field of ["drawn_datetime", "item_type", "item_count", "estimated_volume"]) {
        if (missing(values[field])) say("error", "record.required", field, "{field} is empty. Fill it in.");
      }
      const panel = FORMS.panels.find(({ code }) => code === values["panel"]);
      const volume = Number(values["estimated_volume"]);
      if (
        panel &&
        !missing(values["estimated_volume"]) &&
        (volume < Number(panel.volume_min) || volume > Number(panel.volume_max))
      ) {
        say(
          "error",
          "requisition.volume_range",
          "estimated_volume",
          `{field} must be from ${panel.volume_min} to ${panel.volume_max} mL for this panel. Correct it, or answer drawn with no if there is too little.`,
        );
      }
      const consents = pointingAt(String(values["participant"])).filter((other) => other.model === "consent");
      if (consents.length === 0)
        say(
          "error",
          "requisition.consent_missing",
          "participant",
          "{field}: the participant has not consented. Fill in the consent before drawing.",
        );
    }
    if (values["is_drawn"] === false && missing(values["reason_not_drawn"])) {
      say("error", "record.required", "reason_not_drawn", "{field} is empty. Fill it in.");
    }
  },
};

function outcome(values: Fields): Fields {
  const age = Number(values["age_in_years"]);
  const losses = Object.entries({
    age: age >= 16 && age <= 64,
    residency: values["study_resident"] === "yes",
    citizenship: values["citizen"] === true,
    literacy: values["is_literate"] === true || values["witness_available"] !== false,
    able: values["can_consent"] === true || values["guardian_available"] === true,
    willing: values["willing"] === true,
  }).filter(([, met]) => !met);
  return {
    eligible: losses.length === 0,
    reasons_for_loss: losses.length ? losses.map(([code]) => code).join(",") : null,
  };
}
