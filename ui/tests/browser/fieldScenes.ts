/** The pages of a field day. Records are named by the names of the sample day, `p2` and so on. */
import type { Scene } from "./scenes";

/** The id that the fake gives to a named record. */
export function idOf(ref: string): string {
  const codes = [...ref].map((letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return `01980000-0000-7000-8000-${codes.padStart(12, "0")}`;
}

const participant = `/participants/${idOf("p2")}`;

export const FIELD_SCENES: Scene[] = [
  { name: "home", route: "/home" },
  { name: "home-first-day", world: "work=none&unsent=0", route: "/home" },
  { name: "households", route: "/households" },
  { name: "households-none", world: "work=none", route: "/households" },
  { name: "household", route: `/households/${idOf("h1")}` },
  { name: "household-new", route: "/households/new" },
  { name: "household-visit-new", route: `/households/${idOf("h1")}/visits/new` },
  { name: "member-new", route: `/households/${idOf("h1")}/members/new` },
  { name: "screening", route: `/members/${idOf("m1")}/screen` },
  { name: "participants", route: "/participants" },
  { name: "register", route: `/members/${idOf("m1")}/register` },
  { name: "participant", route: participant },
  { name: "participant-long-name", route: `/participants/${idOf("p5")}` },
  { name: "consent-new", route: `${participant}/consents/new` },
  { name: "withdraw", route: `/consents/${idOf("c2")}/withdraw` },
  { name: "visit-new", route: `${participant}/visits/new` },
  { name: "requisitions", route: "/requisitions" },
  { name: "requisition-new", route: `${participant}/requisitions/new` },
  { name: "specimens", route: "/specimens" },
  { name: "specimen", route: `/specimens/${idOf("s2_fbc")}` },
  { name: "specimen-checked", route: `/specimens/${idOf("s3_cd4")}` },
  { name: "specimen-no-printer", world: "printer=none", route: `/specimens/${idOf("s2_fbc")}` },
  { name: "settings-no-printer", world: "printer=none&rolls=none&codes=1", route: "/settings" },
  { name: "correct-participant", route: `/records/participant/${idOf("p2")}/edit` },
  { name: "correct-requisition", route: `/records/requisition/${idOf("r2_fbc")}/edit` },
];
