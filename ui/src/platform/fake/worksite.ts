/** A laptop in the middle of a day's work: lists, records, forms, drafts. `?work=none` is its first morning. */
import type { FormChange, Home, RecordRef, TubeRow } from "@/generated/rpc";
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { syncStatus } from "./sync";
import { bagOf } from "./work/bags";
import { loadDay } from "./work/day";
import { check } from "./work/rules";
import {
  detailOf,
  drafts,
  get,
  insert,
  matching,
  newId,
  of,
  pageOf,
  prints,
  refOf,
  rowOf,
  type Kept,
} from "./work/store";
import { note, wordOf } from "./work/news";
import { FORMS } from "./work/study";

let loaded = false;
let asScene: Scene | undefined;

export function work(scene: Scene): void {
  if (!loaded && scene.options.get("work") !== "none") loadDay();
  loaded = true;
  asScene = scene;
}

function found(id: string): Kept {
  const kept = get(id);
  if (!kept)
    throw new PlatformFailure({
      ...failure("not_found"),
      title: "This record is not here.",
      detail: "It may not have arrived yet.",
      action: "Go back to the list.",
    });
  return kept;
}

/** The place of a tube among those with a checked label. */
const checked = (kept: Kept): number =>
  of("specimen")
    .filter(({ fields }) => fields["labelled_at"])
    .findIndex(({ id }) => id === kept.id);

export function tubeOf(kept: Kept): TubeRow {
  const requisition = get(String(kept.fields["requisition"]));
  const participant = get(String(requisition?.fields["participant"]));
  const panel = FORMS.panels.find(({ code }) => code === requisition?.fields["panel"]);
  const age = (Date.now() - Date.parse(String(kept.fields["collected_at"]))) / 1_000;
  const hours = panel?.hours_to_lab ?? 6;
  return {
    specimen: rowOf(kept),
    identifier: String(kept.fields["specimen_identifier"]),
    participant: `${participant?.fields["subject_identifier"]} ${participant?.fields["initials"]}`,
    panel: panel?.abbreviation ?? "",
    tube_type: String(kept.fields["tube_type"] ?? panel?.tube_type ?? ""),
    age_seconds: Math.round(age),
    hours_to_lab: hours,
    urgency: age > hours * 3_600 ? "alarm" : age > hours * 1_800 ? "warning" : "calm",
    custody: kept.fields["bag"] ? "packed" : kept.fields["labelled_at"] ? "collected" : "planned",
    discrepancy: null,
    custody_at: null,
    is_news: false,
    bag: bagOf(kept),
    prints: prints.get(kept.id) ?? 0,
    ...wordOf(asScene, checked(kept)),
  };
}

function tubes(text = ""): TubeRow[] {
  const left = (tube: TubeRow): number => tube.hours_to_lab * 3_600 - tube.age_seconds;
  return matching(of("specimen"), text)
    .map(tubeOf)
    .sort((a, b) => left(a) - left(b));
}

function home(): Home {
  const today: Record<string, number> = {};
  for (const { name } of FORMS.models) if (of(name).length > 0) today[name] = of(name).length;
  return { today, tubes: tubes(), drafts: [...drafts.values()] };
}

function apply(change: FormChange): RecordRef {
  const now = new Date().toISOString();
  if (change.op === "insert") return refOf(insert(change.model, change.record, change.set, now));
  const kept = found(change.record);
  if (change.op === "void" || change.op === "restore") {
    kept.isVoid = change.op === "void";
    kept.reason = change.reason;
  } else Object.assign(kept.fields, change.set);
  Object.assign(kept, { at: now, status: "ready" });
  return refOf(kept);
}

function refuse(problems: ReturnType<typeof check>["problems"][]): never {
  throw new PlatformFailure({
    ...failure("invalid"),
    title: "This form cannot be saved yet.",
    detail: "",
    action: "",
    problems,
  });
}

/** Refuses a label that is of no roll; those of the fake's rolls begin with R0. */
function ofRoll({ model, op, set }: FormChange): ReturnType<typeof check>["problems"] {
  const label = set["specimen_identifier"];
  if (model !== "specimen" || op !== "insert" || typeof label !== "string") return [];
  const used = of(model).some((kept) => kept.fields["specimen_identifier"] === label);
  if (/^R0/i.test(label) && !used) return [];
  const code = used ? "save.label_used" : "save.not_of_roll";
  const message = used
    ? `Specimen identifier: the label ${label} is on another tube already. Scan the next label of the roll.`
    : `Specimen identifier: ${label} is not on a roll of labels that this laptop has printed. Scan a label of its roll, or let Tsela make the identifier.`;
  const params = { code: label, field: "Specimen identifier" };
  return [{ code, severity: "error", model, field: "specimen_identifier", message, params, related: [] }];
}

export const handlers: Handlers = {
  forms: () => FORMS,
  home: (_args, scene) => (work(scene), home()),
  tubes: ({ text, offset, limit }, scene) => {
    work(scene);
    const all = tubes(text);
    return { total: all.length, rows: all.slice(offset, offset + limit) };
  },
  tube_news: (_args, scene) => {
    work(scene);
    return tubes().filter(({ is_news }) => is_news);
  },
  tube_news_seen: (_args, scene) => (note(), syncStatus(scene)),
  list: ({ model, parent, text, offset, limit, with_void }, scene) => {
    work(scene);
    const all = of(model).filter((kept) => with_void || !kept.isVoid);
    const mine = all.filter((kept) => parent === null || Object.values(kept.fields).includes(parent));
    return pageOf(matching(mine, text).reverse(), offset, limit);
  },
  search: ({ text, models, limit }, scene) => {
    work(scene);
    return models
      .flatMap((model) => matching(of(model), text))
      .slice(0, limit)
      .map(rowOf);
  },
  record: ({ id }, scene) => (work(scene), detailOf(found(id))),
  new_ids: ({ count }) => Array.from({ length: count }, newId),
  check: ({ change }, scene) => (work(scene), check(change)),
  save: ({ changes, draft }, scene) => {
    work(scene);
    const problems = changes.map((change) =>
      check(change).problems.filter(({ severity }) => severity === "error"),
    );
    // What refers to another change of this save is judged with it; the fake only judges each alone.
    if (changes.length === 1 && problems.flat().length > 0) refuse(problems);
    const labels = changes.map(ofRoll);
    if (labels.flat().length > 0) refuse(labels);
    if (draft) drafts.delete(draft);
    return { save: newId(), records: changes.map(apply), warnings: [] };
  },
  draft_put: (draft, scene) => {
    if (scene.options.get("disk") === "full") throw new PlatformFailure(failure("local_disk"));
    drafts.set(draft.id, { ...draft, updated_at: new Date().toISOString() });
    return {};
  },
  draft_get: ({ id }) => drafts.get(id) ?? null,
  draft_list: () => [...drafts.values()].reverse(),
  draft_delete: ({ id }) => {
    drafts.delete(id);
    return {};
  },
};
