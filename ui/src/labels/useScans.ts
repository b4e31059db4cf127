/** Labels looked at one after the other: each is asked about in its turn, however fast they come. */
import { ref } from "vue";
import { useI18n } from "vue-i18n";
import { useProblemWords } from "@/components/forms/problemWords";
import { play, type Sound } from "@/components/sound";
import { useFormat } from "@/format";
import type { CheckLabelArgs, Failure, LabelChecked } from "@/generated/rpc";
import { failureOf, usePlatform } from "@/platform";
import { useRefreshTubes } from "./useTubes";

export interface Outcome {
  /** Tells two equal outcomes apart, so that both are read out. */
  n: number;
  kind: Sound;
  title: string;
  detail: string;
}

export function useScans(checked: (answer: LabelChecked) => void) {
  const { t } = useI18n();
  const platform = usePlatform();
  const format = useFormat();
  const refresh = useRefreshTubes();
  const { problemText } = useProblemWords();
  const outcome = ref<Outcome>();
  const waiting = ref(0);
  let turn: Promise<void> = Promise.resolve();
  let n = 0;

  function show(kind: Sound, title: string, detail = ""): void {
    outcome.value = { n: ++n, kind, title, detail };
    play(kind);
  }

  function refused(failure: Failure): void {
    const words = format.words(failure);
    const problems = failure.problems.flat().map(problemText);
    show("wrong", words.title, problems.length > 0 ? problems.join(" ") : `${words.detail} ${words.action}`);
  }

  async function ask(args: CheckLabelArgs): Promise<void> {
    try {
      const answer = await platform.call("check_label", args);
      const code = answer.tube.identifier;
      if (answer.again) show("again", t("labels.scan.again", { code }), t("labels.scan.again_detail"));
      else show("right", t("labels.scan.right", { code }));
      void refresh();
      checked(answer);
    } catch (error) {
      refused(failureOf(error));
    } finally {
      waiting.value -= 1;
    }
  }

  return {
    outcome,
    waiting,
    /** Asks about a label once those before it are done. */
    check(args: CheckLabelArgs): Promise<void> {
      waiting.value += 1;
      turn = turn.then(() => ask(args));
      return turn;
    },
  };
}
