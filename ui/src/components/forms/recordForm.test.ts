import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CheckAnswer, CheckArgs, Problem } from "@/generated/rpc";
import type { FormLayout } from "./layout";
import { REASON_FIELD, recordForm, type RecordFormOptions } from "./recordForm";
import { changed, entered } from "./values";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LAYOUT: FormLayout = {
  model: "participant",
  now: ["seen_at"],
  label: () => "",
  sections: [
    {
      title: "person",
      items: [
        { field: "first_name" },
        { field: "phone" },
        { field: "seen_at" },
        { field: "drawn" },
        { field: "reason_not_drawn", when: (values) => values["drawn"] === false },
        { field: "witness_name", asked: true },
      ],
    },
  ],
};

const problem = (field: string, severity: Problem["severity"] = "error"): Problem => ({
  code: `t.${field}`,
  severity,
  model: "participant",
  field,
  message: `${field} is odd.`,
  params: {},
  related: [],
});

function make(options: Partial<RecordFormOptions> = {}, problems: Problem[] = []) {
  const asked: CheckArgs[] = [];
  const check = async (args: CheckArgs): Promise<CheckAnswer> => {
    asked.push(args);
    return { problems, derived: {} };
  };
  const now = () => new Date("2026-11-20T12:34:56Z");
  return { asked, form: recordForm({ layout: LAYOUT, op: "insert", record: "r1", check, now, ...options }) };
}

const item = (field: string) => {
  const found = LAYOUT.sections[0]?.items.find((candidate) => candidate.field === field);
  if (!found) throw new Error(field);
  return found;
};

describe("a form for a new record", () => {
  it("sends what was entered, what the page knows, and nothing empty", () => {
    const { form } = make({ fixed: { household: "h1" } });
    form.setValue("first_name", "OTENG");
    form.setValue("phone", "");
    expect(form.change()).toMatchObject({
      op: "insert",
      record: "r1",
      set: { household: "h1", first_name: "OTENG", seen_at: "2026-11-20T12:34:00Z" },
      reason: null,
      source: null,
    });
    expect(Object.keys(form.change().set)).not.toContain("phone");
  });

  it("is not dirty by what it began with, and no longer dirty when all is put back", () => {
    const { form } = make();
    expect(form.dirty.value).toBe(false);
    form.setValue("first_name", "O");
    expect(form.dirty.value).toBe(true);
    const again = make({ initial: { first_name: "O" } }).form;
    again.setValue("first_name", "OT");
    again.setValue("first_name", "O");
    expect(again.dirty.value).toBe(false);
  });

  it("does not send a field that is no longer asked for, and remembers it", () => {
    const { form } = make();
    form.setValue("drawn", false);
    form.setValue("reason_not_drawn", "refused");
    expect(form.change().set["reason_not_drawn"]).toBe("refused");
    form.setValue("drawn", true);
    expect(form.shown(item("reason_not_drawn"))).toBe(false);
    expect(form.change().set).not.toHaveProperty("reason_not_drawn");
    form.setValue("drawn", false);
    expect(form.change().set["reason_not_drawn"]).toBe("refused");
  });

  it("keeps text that cannot be read, beside an empty value, and is not saved with it", async () => {
    const { form } = make();
    form.setUnparsed("seen_at", "noonish", "time");
    expect(form.change().set).not.toHaveProperty("seen_at");
    expect(form.content().unparsed).toEqual({ seen_at: { text: "noonish", problem: "time" } });
    await form.examine();
    expect(form.firstObstacle()).toBe("seen_at");
    form.setValue("seen_at", "2026-11-20T10:00:00Z");
    expect(form.firstObstacle()).toBeUndefined();
  });

  it("asks for a field once a rule does", async () => {
    const { form } = make({}, [problem("witness_name")]);
    expect(form.shown(item("witness_name"))).toBe(false);
    await form.examine();
    expect(form.shown(item("witness_name"))).toBe(true);
    expect(form.firstObstacle()).toBe("witness_name");
  });

  it("shows a field's problems only after it was left, and all of them on saving", async () => {
    const { form } = make({}, [problem("phone"), problem("first_name")]);
    form.setValue("phone", "1");
    await vi.advanceTimersByTimeAsync(500);
    expect(form.problemsOf("phone")).toEqual([]);
    form.leave("phone");
    expect(form.problemsOf("phone")).toHaveLength(1);
    expect(form.problemsOf("first_name")).toEqual([]);
    await form.examine();
    expect(form.problemsOf("first_name")).toHaveLength(1);
    expect(form.firstObstacle()).toBe("first_name");
  });

  it("takes a reason for warnings", async () => {
    const { form } = make({}, [problem("phone", "warning")]);
    await form.examine();
    expect(form.firstObstacle()).toBe(REASON_FIELD);
    form.setReason("  The clock was wrong. ");
    expect(form.firstObstacle()).toBeUndefined();
    expect(form.change().reason).toBe("The clock was wrong.");
  });

  it("entered from paper says so, and forgets the present minute that it guessed", () => {
    const { form } = make();
    form.setPaper(true);
    expect(form.change()).toMatchObject({ source: "paper", set: {} });
    const typed = make().form;
    typed.setValue("seen_at", "2026-11-19T08:00:00Z");
    typed.setPaper(true);
    expect(typed.change().set["seen_at"]).toBe("2026-11-19T08:00:00Z");
  });

  it("asks the rules of the newest state", async () => {
    const { form, asked } = make();
    for (const name of ["O", "OT", "OTE"]) form.setValue("first_name", name);
    await vi.advanceTimersByTimeAsync(500);
    expect(asked.map((args) => args.change.set["first_name"])).toEqual(["OTE"]);
  });

  it("goes on from a draft as it was left", () => {
    const { form } = make();
    form.setValue("first_name", "OTENG");
    form.setUnparsed("seen_at", "2/", "time");
    form.setReason("because");
    const draft = JSON.parse(JSON.stringify(form.content()));
    const again = make({ draft }).form;
    expect(again.content()).toEqual(form.content());
    expect(again.dirty.value).toBe(true);
  });
});

describe("a form for a saved record", () => {
  const before = { first_name: "OTENG", phone: "74628745", drawn: false, reason_not_drawn: "refused" };
  const edit = () => make({ op: "update", before }).form;

  it("sends only what changed, and what was emptied as nothing", () => {
    const form = edit();
    form.setValue("first_name", "OTENGILE");
    form.setValue("phone", "");
    expect(form.change().set).toEqual({ first_name: "OTENGILE", phone: null });
  });

  it("sends nothing when all is put back, and guesses no time", () => {
    const form = edit();
    form.setValue("first_name", "X");
    form.setValue("first_name", "OTENG");
    expect(form.change().set).toEqual({});
    expect(form.dirty.value).toBe(false);
  });

  it("empties what is no longer asked for", () => {
    const form = edit();
    form.setValue("drawn", true);
    expect(form.change().set).toEqual({ drawn: true, reason_not_drawn: null });
  });

  it("always takes a reason", () => {
    const form = edit();
    expect(form.firstObstacle()).toBe(REASON_FIELD);
  });

  it("takes its reason from a field that says why", () => {
    const form = make({ op: "update", before, reasonFrom: "phone" }).form;
    expect(form.change().reason).toBe("74628745");
    expect(form.firstObstacle()).toBeUndefined();
  });
});

describe("values", () => {
  it("tell nothing from false and nought", () => {
    expect(entered({ a: "", b: null, c: false, d: 0, e: " " }, () => true)).toEqual({ c: false, d: 0 });
    expect(changed({ a: false, b: 0 }, { a: null, b: null }, () => true)).toEqual({ a: false, b: 0 });
    expect(changed({ a: "" }, { a: null }, () => true)).toEqual({});
  });
});
