/** What can be wrong with a tube, in groups, as people look for it. */
export const GROUPS: readonly (readonly [group: string, codes: readonly string[]])[] = [
  ["presence", ["duplicate_scan", "form_without_tube", "tube_without_form", "late"]],
  ["identity", ["unlabelled", "mislabelled", "mismatch", "unreadable"]],
  ["container", ["broken", "leaking", "wrong_tube", "expired_tube", "outside_contaminated"]],
  ["quality", ["haemolysed", "clotted", "lipaemic", "icteric", "contaminated"]],
  ["volume", ["no_volume", "short_volume"]],
  ["cold_chain", ["too_warm", "too_cold", "thawed", "frozen", "delayed", "outside_window"]],
];

/** The study's codes by group, in the order of the groups; what no group names comes last. */
export function grouped(codes: readonly string[]): [group: string, codes: string[]][] {
  const named = new Set(GROUPS.flatMap(([, all]) => all));
  const all: [string, string[]][] = GROUPS.map(([group, own]) => [
    group,
    own.filter((code) => codes.includes(code)),
  ]);
  all.push(["other", codes.filter((code) => !named.has(code))]);
  return all.filter(([, own]) => own.length > 0);
}
