import { describe, expect, it } from "vitest";
import type { RecordDetail, RecordRow } from "@/generated/rpc";
import { consentStatus, nextStep } from "./steps";

const row = (model: string, fields: RecordRow["fields"] = {}, isVoid = false): RecordRow => ({
  id: `${model}1`,
  model,
  key: "",
  label: "",
  status: "ready",
  fields,
  references: {},
  conflicts: [],
  findings: 0,
  is_void: isVoid,
  modified_at: "",
  modified_by: "",
});
const detail = (own: RecordRow, ...children: RecordRow[]): RecordDetail => ({
  row: own,
  conflicts: [],
  findings: [],
  children,
  void_reason: null,
  driver: null,
});
const member = row("household_member");

describe("the next step of a member", () => {
  it("goes from screening to registering to consent", () => {
    expect(nextStep(detail(member), undefined).kind).toBe("screen");
    const screened = row("eligibility", { eligible: true, screened_at: "2026-11-20T08:00:00Z" });
    expect(nextStep(detail(member, screened), undefined).kind).toBe("register");
    const participant = row("participant");
    expect(nextStep(detail(member, screened, participant), detail(participant))).toEqual({
      kind: "consent",
      to: "/participants/participant1/consents/new",
    });
    expect(nextStep(detail(member, participant), detail(participant, row("consent"))).kind).toBe("enrolled");
  });

  it("ends at a screening that says no, until a later one says yes", () => {
    const no = row("eligibility", {
      eligible: false,
      reasons_for_loss: "age,willing",
      screened_at: "2026-11-19T08:00:00Z",
    });
    const yes = row("eligibility", { eligible: true, screened_at: "2026-11-20T08:00:00Z" });
    expect(nextStep(detail(member, no), undefined)).toMatchObject({
      kind: "ineligible",
      reasons: ["age", "willing"],
    });
    expect(nextStep(detail(member, yes, no), undefined).kind).toBe("register");
  });

  it("does not count what is void", () => {
    const screened = row("eligibility", { eligible: true }, true);
    expect(nextStep(detail(member, screened, row("participant", {}, true)), undefined).kind).toBe("screen");
  });
});

describe("consent", () => {
  it("stands while one is not taken back", () => {
    const given = row("consent", { consent_datetime: "2026-01-01T08:00:00Z" });
    const taken = row("consent", {
      consent_datetime: "2025-01-01T08:00:00Z",
      withdrawn_at: "2025-02-01T08:00:00Z",
    });
    expect(consentStatus([taken, given]).kind).toBe("given");
    expect(consentStatus([taken]).kind).toBe("withdrawn");
    expect(consentStatus([row("consent", {}, true)]).kind).toBe("none");
  });
});
