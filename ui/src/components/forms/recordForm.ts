/** The state of one record's form: what is typed, what of it is shown, what is wrong with it, and the change it makes. */
import { computed, reactive, type ComputedRef } from "vue";
import type { CheckArgs, CheckAnswer, FormChange, Problem } from "../../generated/rpc";
import { latest } from "./latest";
import { itemsOf, type FormLayout, type LayoutItem } from "./layout";
import { whenReleased } from "./pointer";
import { presentMinute, type ParseProblem } from "./parse";
import { changed, entered, isEmpty, type Value, type Values } from "./values";

export interface Unparsed {
  text: string;
  problem: ParseProblem;
}

/** What a draft keeps of a form. */
export interface FormContent {
  values: Values;
  unparsed: Record<string, Unparsed>;
  reason: string;
  paper: boolean;
}

export interface RecordFormOptions {
  layout: FormLayout;
  op: "insert" | "update";
  /** The record's id. */
  record: string;
  /** For an update, the saved values. */
  before?: Values;
  /** For an insert, values that the page knows and the form does not ask for. */
  fixed?: Values;
  /** Values to begin with. */
  initial?: Values;
  /** A field that says why, so that no other reason is asked for. */
  reasonFrom?: string;
  /** The content of a draft. */
  draft?: FormContent;
  check: (args: CheckArgs) => Promise<CheckAnswer>;
  /** Told of each change a person makes. */
  onTyped?: () => void;
  /** Changes of the same save that this one may refer to. */
  companions?: () => FormChange[];
  now?: () => Date;
}

interface FormState extends FormContent {
  touched: Record<string, boolean>;
  /** Fields typed into since the last check: what it said of them is of a value that is gone. */
  stale: Record<string, boolean>;
  problems: Problem[];
  derived: Values;
  showAll: boolean;
  /** The last check could not be made. */
  checkFailed: boolean;
}

export interface RecordForm {
  readonly options: RecordFormOptions;
  readonly state: FormState;
  readonly dirty: ComputedRef<boolean>;
  shown(item: LayoutItem): boolean;
  setValue(field: string, value: Value): void;
  setUnparsed(field: string, text: string, problem: ParseProblem): void;
  setReason(reason: string): void;
  setPaper(paper: boolean): void;
  /** The field was left: its problems are shown from now on. */
  leave(field: string): void;
  problemsOf(field: string): Problem[];
  /** Checks everything and shows every problem. */
  examine(): Promise<void>;
  /** Shows the problems a refused save came back with. */
  refuse(problems: Problem[]): void;
  change(): FormChange;
  content(): FormContent;
  /** The first field that keeps the form from being saved. */
  firstObstacle(): string | undefined;
  warnings(): Problem[];
  /** Asks the rules soon. */
  recheck(): void;
  stop(): void;
}

/** The name under which the reason is focused and complained about. */
export const REASON_FIELD = "_reason";

export function recordForm(options: RecordFormOptions): RecordForm {
  const clock = options.now ?? (() => new Date());
  const items = itemsOf(options.layout);
  const start = startingContent(options, clock());
  const clean = JSON.stringify(start);
  const state: FormState = reactive({
    ...structuredClone(options.draft ?? start),
    touched: {},
    stale: {},
    problems: [],
    derived: {},
    showAll: false,
    checkFailed: false,
  });
  const checker = latest<CheckArgs, CheckAnswer>(
    options.check,
    (answer) => whenReleased(() => take(answer)),
    () => (state.checkFailed = true),
  );

  function take(answer: CheckAnswer): void {
    state.problems = answer.problems;
    state.stale = {};
    state.derived = answer.derived;
    state.checkFailed = false;
  }

  function question(): CheckArgs {
    return { change: change(), with: options.companions?.() ?? [] };
  }

  function shown(item: LayoutItem): boolean {
    if (item.when && !item.when(state.values)) return false;
    if (!item.asked) return true;
    return (
      !isEmpty(state.values[item.field]) || state.problems.some((problem) => problem.field === item.field)
    );
  }

  function isShown(field: string): boolean {
    const item = items.find((candidate) => candidate.field === field);
    return item === undefined || shown(item);
  }

  function change(): FormChange {
    const before = options.before ?? {};
    const set =
      options.op === "insert"
        ? { ...options.fixed, ...entered(state.values, isShown) }
        : changed(state.values, before, isShown);
    const source = state.paper ? "paper" : null;
    const reason = reasonGiven() === "" ? null : reasonGiven();
    return { op: options.op, model: options.layout.model, record: options.record, set, reason, source };
  }

  function reasonGiven(): string {
    const said = options.reasonFrom === undefined ? null : state.values[options.reasonFrom];
    return state.reason.trim() || (typeof said === "string" ? said.trim() : "");
  }

  function typed(): void {
    options.onTyped?.();
    checker.ask(question());
  }

  function setPaper(paper: boolean): void {
    state.paper = paper;
    // The present minute was a guess that does not hold for a form filled in earlier.
    for (const field of paper ? (options.layout.now ?? []) : []) {
      if (state.values[field] === start.values[field]) state.values[field] = null;
    }
    typed();
  }

  const ordered = (): string[] => items.filter(shown).map((item) => item.field);

  function firstObstacle(): string | undefined {
    const isError = (field: string): boolean =>
      state.unparsed[field] !== undefined ||
      state.problems.some((problem) => problem.field === field && problem.severity === "error");
    const here = ordered().find(isError);
    if (here !== undefined) return here;
    const elsewhere = state.problems.find((problem) => problem.severity === "error");
    if (elsewhere) return elsewhere.field;
    return needsReason() && reasonGiven() === "" ? REASON_FIELD : undefined;
  }

  const warnings = (): Problem[] => state.problems.filter((problem) => problem.severity === "warning");
  const needsReason = (): boolean => options.op === "update" || warnings().length > 0;

  return {
    options,
    state,
    dirty: computed(() => JSON.stringify(contentOf(state)) !== clean),
    shown,
    setValue(field, value) {
      state.values[field] = value;
      state.unparsed = without(state.unparsed, field);
      state.stale[field] = true;
      typed();
    },
    setUnparsed(field, text, problem) {
      state.values[field] = null;
      state.unparsed[field] = { text, problem };
      state.stale[field] = true;
      typed();
    },
    setReason(reason) {
      state.reason = reason;
      options.onTyped?.();
    },
    setPaper,
    leave(field) {
      state.touched[field] = true;
      checker.ask(question());
    },
    problemsOf(field) {
      const visible = (state.showAll || state.touched[field] === true) && state.stale[field] !== true;
      return visible ? state.problems.filter((problem) => problem.field === field) : [];
    },
    async examine() {
      state.showAll = true;
      take(await checker.askNow(question()));
    },
    refuse(problems) {
      state.showAll = true;
      state.stale = {};
      state.problems = problems;
    },
    change,
    content: () => contentOf(state),
    firstObstacle,
    warnings,
    recheck: () => checker.ask(question()),
    stop: () => checker.cancel(),
  };
}

function without(unparsed: Record<string, Unparsed>, field: string): Record<string, Unparsed> {
  if (!(field in unparsed)) return unparsed;
  return Object.fromEntries(Object.entries(unparsed).filter(([name]) => name !== field));
}

function startingContent(options: RecordFormOptions, now: Date): FormContent {
  const values: Values = { ...options.before, ...options.initial };
  if (options.op === "insert") {
    for (const field of options.layout.now ?? []) values[field] ??= presentMinute(now);
  }
  return { values, unparsed: {}, reason: "", paper: false };
}

function contentOf(state: FormState): FormContent {
  const { values, unparsed, reason, paper } = state;
  return JSON.parse(JSON.stringify({ values, unparsed, reason, paper })) as FormContent;
}
