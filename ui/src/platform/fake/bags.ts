/**
 * Bags without Rust. `?bags=some`: one is being packed, one is closed, one is empty; `?bags=all`: every tube is in one.
 * Else there is none.
 */
import type { BagView, Bags, CelsiusRange, Problem, TubeRow } from "@/generated/rpc";
import study from "../../../../demo/study/panels.json";
import { plainIdentifier } from "@/participants/scan";
import { failure, PlatformFailure } from "../index";
import type { Handlers } from "./index";
import type { Scene } from "./scene";
import { addBag, bagOf, bags, type FakeBag } from "./work/bags";
import { idOf } from "./work/day";
import { get, newId, of, type Kept } from "./work/store";
import { tubeOf, work } from "./worksite";

let asScene: Scene | undefined;

const panelOf = (specimen: Kept) =>
  study.panels.find(({ code }) => code === get(String(specimen.fields["requisition"]))?.fields["panel"]);
const travels = (specimen: Kept, { celsius_low, celsius_high }: FakeBag): boolean => {
  const range = panelOf(specimen)?.transport_celsius;
  return range !== undefined && range.low <= celsius_low && celsius_high <= range.high;
};
const left = (tube: TubeRow): number => tube.hours_to_lab * 3_600 - tube.age_seconds;
const byUrgency = (specimens: Kept[]): TubeRow[] => specimens.map(tubeOf).sort((a, b) => left(a) - left(b));
const code = (specimen: Kept): string => String(specimen.fields["specimen_identifier"]);

function put(specimen: Kept, bag: FakeBag, by: string, reason: string | null): void {
  const at = new Date().toISOString();
  Object.assign(specimen.fields, { bag: bag.bag.id, packed_at: at, packed_by: by });
  if (reason) specimen.fields["packed_reason"] = reason;
  specimen.status = "ready";
}

/** Packs what the scene says is packed, once. */
export function beginBags(scene: Scene): void {
  work(scene);
  if (asScene === scene) return;
  asScene = scene;
  const wanted = scene.options.get("bags");
  if (wanted !== "some" && wanted !== "all") return;
  const closed = addBag(idOf("b1"), 2, 8);
  const open = addBag(idOf("b2"), 18, 25);
  addBag(idOf("b3"), 2, 25);
  const take = (bag: FakeBag, most: number): void => {
    const fit = of("specimen").filter((one) => !bagOf(one) && one.fields["labelled_at"] && travels(one, bag));
    for (const specimen of fit.slice(0, most)) put(specimen, bag, "scanned", null);
  };
  take(closed, wanted === "all" ? 500 : 9);
  take(open, wanted === "all" ? 500 : 4);
  if (wanted === "all") for (const one of of("specimen")) if (!bagOf(one)) put(one, open, "scanned", null);
  Object.assign(closed, { seal: "S-004711", sealed_at: new Date(Date.now() - 1_500_000).toISOString() });
}

function refused(what: string, title: string, detail: string, tube?: Kept, problems: Problem[] = []): never {
  const params: Record<string, string> = tube ? { code: code(tube) } : {};
  if (what === "in_other_bag") params["bag"] = (tube && bagOf(tube)?.key) ?? "";
  throw new PlatformFailure({ ...failure(what, params), title, detail, problems: [problems] });
}

function view(bag: FakeBag): BagView {
  const inside = of("specimen").filter((specimen) => specimen.fields["bag"] === bag.bag.id);
  return { ...bag, tubes: byUrgency(inside) };
}

function ranges(): CelsiusRange[] {
  const all = study.panels.map((panel) => panel.transport_celsius);
  const distinct = [...new Map(all.map((range) => [`${range.low} ${range.high}`, range])).values()];
  return distinct
    .sort((a, b) => a.high - a.low - (b.high - b.low))
    .map(({ low, high }) => ({
      low,
      high,
      panels: study.panels
        .filter(({ transport_celsius: own }) => own.low <= low && high <= own.high)
        .map(({ abbreviation }) => abbreviation),
    }));
}

const here = (): Bags => ({
  bags: [...bags.values()].map(view),
  loose: byUrgency(of("specimen").filter((specimen) => !bagOf(specimen))),
  ranges: ranges(),
});

function bagNamed(id: string): FakeBag {
  return bags.get(id) ?? refused("not_found", "It is not here", "It may not have arrived yet.");
}

function read(scanned: string): Kept {
  const plain = plainIdentifier(scanned);
  if (!/^[0-9A-Z]{10,}$/.test(plain))
    refused("unreadable_label", "This is not the code of a tube", `${scanned} is too short for a specimen.`);
  const found = of("specimen").find((specimen) => plainIdentifier(code(specimen)) === plain);
  const detail = "It belongs to no specimen here. Look whether it is another laptop's tube.";
  return found ?? refused("unknown_label", "No tube on this laptop has this label", detail);
}

function problem(name: string, field: string, message: string, params: Record<string, string> = {}): Problem {
  const all = { field: field === "bag" ? "Bag" : field, ...params };
  return { code: name, severity: "error", model: "specimen", field, message, params: all, related: [] };
}

/** What the rules say of a tube in this bag. */
function judged(tube: Kept, bag: FakeBag, by: string, reason: string | null): Problem[] {
  const found: Problem[] = [];
  const panel = panelOf(tube);
  const [bag_low, bag_high] = [String(bag.celsius_low), String(bag.celsius_high)];
  if (!tube.fields["labelled_at"]) {
    const message = "Bag: the label of the tube was not checked. Scan it on its tube first, then pack it.";
    found.push(problem("specimen.unlabelled", "bag", message));
  }
  if (by !== "scanned" && !reason?.trim()) {
    const message = "A tube that was not scanned into its bag needs a reason.";
    found.push(problem("specimen.packed_why", "packed_reason", message));
  }
  if (panel && !travels(tube, bag)) {
    const [low, high] = [String(panel.transport_celsius.low), String(panel.transport_celsius.high)];
    const message = `Bag: the bag is kept at ${bag_low} to ${bag_high} °C, and ${panel.abbreviation} needs ${low} to ${high} °C. Put the tube into another bag.`;
    const params = { bag_low, bag_high, panel: panel.abbreviation, low, high };
    found.push(problem("specimen.bag_range", "bag", message, params));
  }
  return found;
}

export const handlers: Handlers = {
  bags: (_args, scene) => (beginBags(scene), here()),
  new_bag: ({ celsius_low, celsius_high }, scene) => {
    beginBags(scene);
    return view(addBag(newId(), celsius_low, celsius_high));
  },
  pack: ({ bag: id, code: scanned, by, reason }, scene) => {
    beginBags(scene);
    const tube = read(scanned);
    const bag = bagNamed(id);
    if (bag.sealed_at)
      refused("bag_closed", "This bag is closed", "Take another bag, or begin a new one.", tube);
    const inside = bagOf(tube);
    const twice = "It was scanned before. Each tube goes in once; look whether two have the same label.";
    if (inside?.id === id) refused("already_packed", "This tube is in the bag already", twice, tube);
    const other = `It was packed into ${inside?.key ?? ""}. Take it out there first, if it is to travel here.`;
    if (inside) refused("in_other_bag", "This tube is in another bag", other, tube);
    const problems = judged(tube, bag, by, reason);
    const marked = "Look at the fields that are marked.";
    if (problems.length > 0) refused("refused", "This cannot be saved yet", marked, undefined, problems);
    put(tube, bag, by, reason);
    return view(bag);
  },
  unpack: ({ specimen }, scene) => {
    beginBags(scene);
    const tube = get(specimen);
    if (!tube || !bagOf(tube))
      refused("not_packed", "This tube is in no bag here", "Only a tube in its bag can be taken out.", tube);
    for (const field of ["bag", "packed_at", "packed_by", "packed_reason"]) tube.fields[field] = null;
    return here();
  },
  close_bag: ({ bag: id, seal }, scene) => {
    beginBags(scene);
    const bag = bagNamed(id);
    const empty = "Scan a tube into it first, or leave it open.";
    if (view(bag).tubes.length === 0) refused("empty_bag", "This bag is empty", empty);
    Object.assign(bag, { seal: seal.trim(), sealed_at: new Date().toISOString() });
    return here();
  },
};
