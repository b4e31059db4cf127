/**
 * One sitting at a form: drafts while typing, saving once, leaving without loss.
 *
 * Knows nothing of fields: a form of one record and the requisition form of many use it alike.
 */
import { reactive } from "vue";
import type { DraftPutArgs, Failure, FormChange, Problem, SaveArgs, Saved } from "../../generated/rpc";
import { draftKeeper } from "./draftKeeper";

/** The commands that a sitting needs. */
export interface FormDoor {
  save(args: SaveArgs): Promise<Saved>;
  draftPut(args: DraftPutArgs): Promise<unknown>;
  draftDelete(args: { id: string }): Promise<unknown>;
  /** Reads what a command threw. */
  asFailure(thrown: unknown): Failure;
}

export interface FormSessionOptions {
  door: FormDoor;
  /** The draft's id: of the draft that was opened, or a fresh one. */
  draftId: string;
  /** Whether the draft is already kept. */
  restored: boolean;
  /** When that draft was kept. */
  keptAt?: Date;
  form: string;
  /** Where to open it again. */
  route: string;
  label: () => string;
  content: () => unknown;
  dirty: () => boolean;
  /** Shows every problem; answers whether the form may be saved. */
  examine: () => Promise<boolean>;
  changes: () => FormChange[];
  /** Shows the problems with which a save was refused, change by change. */
  refuse: (problems: Problem[][]) => void;
}

export interface SessionState {
  saving: boolean;
  /** Why the last save failed. */
  failure: Failure | undefined;
  /** When the draft was last kept. */
  keptAt: Date | undefined;
  /** Why the draft is not kept. */
  draftFailure: Failure | undefined;
  /** Saved or discarded: nothing is left to lose. */
  over: boolean;
}

export interface FormSession {
  readonly state: SessionState;
  /** Something was typed. */
  typed(): void;
  /** Saves; `undefined` if the form is not in order or the save failed. */
  submit(): Promise<Saved | undefined>;
  /** Keeps the draft now; answers whether leaving loses nothing. */
  settle(): Promise<boolean>;
  /** Throws the draft away; answers how to get it back. */
  discard(): Promise<() => Promise<void>>;
  /** Says whether something typed is not kept anywhere. */
  losing(): boolean;
}

export function formSession(options: FormSessionOptions): FormSession {
  const { door } = options;
  const state: SessionState = reactive({
    saving: false,
    failure: undefined,
    keptAt: options.keptAt,
    draftFailure: undefined,
    over: false,
  });
  let stored = options.restored;
  const keeper = draftKeeper({
    put: async () => {
      // Back to where it began: a draft with nothing in it would only clutter the list.
      if (options.dirty()) await door.draftPut(draft());
      else if (stored) await door.draftDelete({ id: options.draftId });
      stored = options.dirty();
    },
    onKept: (thrown) => {
      state.draftFailure = thrown === undefined ? undefined : door.asFailure(thrown);
      if (thrown === undefined) state.keptAt = stored ? new Date() : undefined;
    },
  });

  function draft(): DraftPutArgs {
    const { draftId: id, form, route } = options;
    return { id, form, route, label: options.label(), content: JSON.stringify(options.content()) };
  }

  async function store(): Promise<Saved | undefined> {
    if (!(await options.examine())) return undefined;
    // A draft kept after the save would come back from the dead.
    await keeper.stop();
    try {
      const saved = await door.save({ changes: options.changes(), draft: stored ? options.draftId : null });
      state.over = true;
      return saved;
    } catch (thrown) {
      keeper.resume();
      state.failure = door.asFailure(thrown);
      if (state.failure.problems.length > 0) options.refuse(state.failure.problems);
      return undefined;
    }
  }

  return {
    state,
    typed: () => {
      if (!state.over) keeper.touch();
    },
    async submit() {
      if (state.saving || state.over) return undefined;
      state.saving = true;
      state.failure = undefined;
      try {
        return await store();
      } catch (thrown) {
        state.failure = door.asFailure(thrown);
        return undefined;
      } finally {
        state.saving = false;
      }
    },
    async settle() {
      if (state.over || !options.dirty()) return true;
      return keeper.flush();
    },
    async discard() {
      const kept = draft();
      await keeper.stop();
      if (stored) await door.draftDelete({ id: options.draftId });
      state.over = true;
      return async () => void (await door.draftPut(kept));
    },
    losing: () => !state.over && options.dirty() && !keeper.kept(),
  };
}
