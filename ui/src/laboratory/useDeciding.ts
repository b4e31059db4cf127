/** Decisions by scanning: each code is asked about in its turn, however fast they come. */
import { useQueryClient } from "@tanstack/vue-query";
import { ref } from "vue";
import { useI18n } from "vue-i18n";
import type { Entry } from "@/components/ScanField.vue";
import { play, type Sound } from "@/components/sound";
import { useFormat } from "@/format";
import type { ReceivedTubes } from "@/generated/rpc";
import type { Outcome } from "@/labels/useScans";
import { failureOf, usePlatform } from "@/platform";

/** Puts what a decision came to where the page looks. */
export function useKeepReceived() {
  const queries = useQueryClient();
  return async (received: ReceivedTubes): Promise<void> => {
    await queries.cancelQueries({ queryKey: ["received_tubes"] });
    queries.setQueryData(["received_tubes", {}], received);
    for (const key of ["report", "missing_tubes"]) void queries.invalidateQueries({ queryKey: [key] });
  };
}

export function useDeciding() {
  const { t } = useI18n();
  const platform = usePlatform();
  const format = useFormat();
  const keep = useKeepReceived();
  const outcome = ref<Outcome>();
  let turn: Promise<void> = Promise.resolve();
  let n = 0;

  function say(kind: Sound, title: string, detail = ""): void {
    outcome.value = { n: ++n, kind, title, detail };
    play(kind);
  }

  async function ask({ code, reason }: Entry): Promise<void> {
    const args = { tubes: [code], decision: "accepted", discrepancy: null, explanation: reason ?? "" };
    try {
      const received = await platform.call("decide_tubes", args);
      await keep(received);
      const left = received.undecided.length;
      say(
        "right",
        t("laboratory.decide.accepted", { code }),
        t("laboratory.decide.left", { count: left }, left),
      );
    } catch (error) {
      const words = format.words(failureOf(error));
      say("wrong", `${code}: ${words.title}`, `${words.detail} ${words.action}`.trim());
    }
  }

  return {
    outcome,
    say,
    /** Accepts a tube once those before it are done. */
    accept(entry: Entry): Promise<void> {
      turn = turn.then(() => ask(entry));
      return turn;
    },
  };
}
