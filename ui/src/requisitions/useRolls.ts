/** Labels of rolls in one sitting: what belongs to which tube, and what of it keeps the form from being saved. */
import { computed, nextTick, type ComputedRef } from "vue";
import type { Problem } from "@/generated/rpc";
import { plainIdentifier } from "@/participants/scan";
import { useAsk } from "@/state/call";
import type { RequestForms } from "./requestForms";
import { isOfLabel, labelsOf, lacksReason, twice, type RollLabel } from "./rollLabels";
import { itemCount } from "./specimens";

export interface Rolls {
  /** Whether this laptop has rolls. */
  there: ComputedRef<boolean>;
  /** The labels of one panel's tubes; none unless it uses a roll. */
  of(panel: number): RollLabel[];
  /** Codes that stand in more than one field. */
  repeated: ComputedRef<Set<string>>;
  /** Focuses a typed label without a reason, or one that was scanned for two tubes; says whether there was one. */
  focusObstacle(): boolean;
  /** Shows what a refused save said of one panel's labels; `problems` are those of the requisition and its tubes. */
  refuse(panel: number, problems: Problem[][]): void;
}

export function useRolls(request: RequestForms): Rolls {
  const settings = useAsk("label_settings", {});
  const there = computed(() => (settings.data.value?.rolls.length ?? 0) > 0);

  function of(panel: number): RollLabel[] {
    const { roll, form } = request.panels[panel] ?? {};
    return roll?.used && form ? labelsOf(roll, itemCount(form.state.values)) : [];
  }

  const repeated = computed(() => twice(request.panels.flatMap((_, panel) => of(panel))));
  const focus = (id: string): void =>
    void nextTick(() => {
      document.getElementById(id)?.focus();
    });

  return {
    there,
    of,
    repeated,
    focusObstacle() {
      for (const [panel, { code, roll }] of request.panels.entries()) {
        roll.showAll = true;
        for (const [tube, label] of of(panel).entries()) {
          const why = lacksReason(label);
          if (!why && !repeated.value.has(plainIdentifier(label.code))) continue;
          focus(`p-${code}-${why ? "why" : "roll"}-${tube}`);
          return true;
        }
      }
      return false;
    },
    refuse(panel, problems) {
      const { code, roll } = request.panels[panel] ?? {};
      if (!code || !roll) return;
      const tubes = problems.slice(1).map((all, tube) => [tube, all.filter(isOfLabel)] as const);
      roll.problems = Object.fromEntries(tubes);
      const first = tubes.find(([, mine]) => mine.length > 0);
      if (first) focus(`p-${code}-roll-${first[0]}`);
    },
  };
}
