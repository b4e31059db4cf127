/**
 * The forms of one sitting at a requisition: what all panels share, and one drawing for each panel.
 *
 * Each panel becomes a requisition of its own, so the rules are asked panel by panel with what is shared filled in; what
 * they say is shown where the field is.
 */
import { shallowReactive } from "vue";
import type { CheckAnswer, CheckArgs, FormChange, PanelView, Problem } from "@/generated/rpc";
import { drawing, shared } from "@/components/forms/layouts/requisition";
import { itemsOf } from "@/components/forms/layout";
import { presentMinute } from "@/components/forms/parse";
import { recordForm, type FormContent, type RecordForm } from "@/components/forms/recordForm";
import type { Values } from "@/components/forms/values";
import { rollLabels, type RollContent, type RollLabels } from "./rollLabels";

export interface PanelForm {
  code: string;
  form: RecordForm;
  roll: RollLabels;
}

export interface RequestContent {
  version: number;
  shared: FormContent;
  panels: { code: string; record: string; form: FormContent; roll?: RollContent }[];
}

export interface RequestForms {
  shared: RecordForm;
  panels: PanelForm[];
  add(panel: PanelView): void;
  remove(code: string): void;
  /** The requisition of one panel, complete. */
  changeOf(panel: PanelForm): FormChange;
  content(): RequestContent;
  /** The problems that a refused save came back with for one panel. */
  refuse(panel: PanelForm, problems: Problem[]): void;
}

export interface RequestOptions {
  participant: string;
  initial: Values;
  draft: RequestContent | undefined;
  takeId: () => string;
  check: (args: CheckArgs) => Promise<CheckAnswer>;
  onTyped: () => void;
}

const SHARED = new Set(itemsOf(shared).map((item) => item.field));

/** What a panel says of its containers, to begin with. */
export function panelValues(panel: PanelView): Values {
  return { item_type: panel.item_type, item_count: panel.item_count };
}

export function requestForms(options: RequestOptions): RequestForms {
  const panels: PanelForm[] = shallowReactive([]);

  function filled(change: FormChange): FormChange {
    const { set, source } = sharedForm.change();
    return { ...change, source, set: { ...set, ...change.set } };
  }

  /** Asks with all that belongs to one requisition, and keeps what concerns this part of the page. */
  function part(keeps: (problem: Problem) => boolean, whole: (change: FormChange) => FormChange) {
    return async (args: CheckArgs): Promise<CheckAnswer> => {
      const answer = await options.check({ change: whole(args.change), with: args.with });
      return { ...answer, problems: answer.problems.filter(keeps) };
    };
  }

  const sharedForm: RecordForm = recordForm({
    layout: shared,
    op: "insert",
    record: options.takeId(),
    fixed: { participant: options.participant },
    initial: options.initial,
    draft: options.draft?.shared,
    check: part(
      (problem) => SHARED.has(problem.field),
      (change) => ({
        ...panels[0]?.form.change(),
        ...change,
        set: { ...panels[0]?.form.change().set, ...change.set },
      }),
    ),
    onTyped() {
      options.onTyped();
      for (const { form } of panels) form.recheck();
    },
  });

  function panelForm(
    code: string,
    record: string,
    initial: Values,
    draft?: FormContent,
    roll?: RollContent,
  ): PanelForm {
    let wasDrawn = draft?.values["is_drawn"] === true;
    const form: RecordForm = recordForm({
      layout: drawing,
      op: "insert",
      record,
      fixed: { panel: code },
      initial,
      draft,
      check: part((problem) => !SHARED.has(problem.field), filled),
      onTyped() {
        const isDrawn = form.state.values["is_drawn"] === true;
        // Drawn just now, as a rule; from paper the time is the paper's.
        if (isDrawn && !wasDrawn && !sharedForm.state.paper) {
          form.state.values["drawn_datetime"] ??= presentMinute(new Date());
        }
        wasDrawn = isDrawn;
        options.onTyped();
      },
    });
    return { code, form, roll: rollLabels(roll) };
  }

  for (const { code, record, form, roll } of options.draft?.panels ?? [])
    panels.push(panelForm(code, record, {}, form, roll));

  return {
    shared: sharedForm,
    panels,
    add(panel) {
      panels.push(panelForm(panel.code, options.takeId(), panelValues(panel)));
      panels.at(-1)?.form.recheck();
      options.onTyped();
    },
    remove(code) {
      const at = panels.findIndex((panel) => panel.code === code);
      for (const removed of panels.splice(at, at < 0 ? 0 : 1)) removed.form.stop();
      options.onTyped();
    },
    changeOf: ({ form }) => {
      const { reason } = sharedForm.change();
      return { ...filled(form.change()), reason };
    },
    content: () => ({
      version: 1,
      shared: sharedForm.content(),
      panels: panels.map(({ code, form, roll }) => ({
        code,
        record: form.options.record,
        form: form.content(),
        roll: { used: roll.used, labels: roll.labels },
      })),
    }),
    refuse: ({ form }, problems) => form.refuse(problems),
  };
}
