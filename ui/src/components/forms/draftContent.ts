/** Drafts as the forms write and find them. */
import type { Draft } from "@/generated/rpc";
import type { FormContent } from "./recordForm";

/** Raised when an older draft could not be read any more; such a draft is left in the list, unopened. */
const VERSION = 1;

export interface RecordDraft {
  version: number;
  record: string;
  form: FormContent;
}

export function recordDraft(record: string, form: FormContent): RecordDraft {
  return { version: VERSION, record, form };
}

/** The draft of a form: the one asked for, else the newest of the same route. */
export function findDraft(
  drafts: Draft[],
  form: string,
  route: string,
  asked: string | undefined,
): Draft | undefined {
  const mine = drafts.filter((draft) => draft.form === form && draft.route === route);
  return mine.find((draft) => draft.id === asked) ?? mine[0];
}

/** Reads a draft's content; `undefined` if it is not of this program's making. */
export function readDraft<T extends { version: number }>(draft: Draft | undefined): T | undefined {
  if (!draft) return undefined;
  try {
    const content = JSON.parse(draft.content) as T;
    return content.version === VERSION ? content : undefined;
  } catch {
    return undefined;
  }
}
