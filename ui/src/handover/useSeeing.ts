/** Tubes seen one after the other: each is asked about in its turn, however fast they come. */
import { ref } from "vue";
import { useI18n } from "vue-i18n";
import { useProblemWords } from "@/components/forms/problemWords";
import { play, type Sound } from "@/components/sound";
import { useFormat } from "@/format";
import type { Failure, SeeTubeArgs, TubeSeen } from "@/generated/rpc";
import type { Outcome } from "@/labels/useScans";
import { failureOf, usePlatform } from "@/platform";
import { useKeepHandover } from "./useHandovers";

export type Seen = Omit<SeeTubeArgs, "transfer">;

/** A tube that is there and was not expected: as it came in, why it was refused, and whether it can join. */
export interface Surprise extends Seen {
  failure: string;
  late: boolean;
}

/** Failures of a tube that can join. */
const LATE = ["late_tube", "found_tube"];
/** Failures of a tube that is there and that no line names: it can be explained. */
const EXPLAINABLE = [...LATE, "not_expected", "other_handover", "unchecked_tube", "no_dispatch", "no_data"];

export function useSeeing(transfer: () => string) {
  const { t } = useI18n();
  const platform = usePlatform();
  const format = useFormat();
  const { problemText } = useProblemWords();
  const { keepLine } = useKeepHandover();
  const outcome = ref<Outcome>();
  /** The line that was seen last, as long as it is the last thing done. */
  const last = ref<string>();
  const surprise = ref<Surprise>();
  const waiting = ref(0);
  let turn: Promise<unknown> = Promise.resolve();
  let n = 0;

  function say(kind: Sound, title: string, detail = ""): void {
    outcome.value = { n: ++n, kind, title, detail };
    [last.value, surprise.value] = [undefined, undefined];
    play(kind);
  }

  function seen({ line, balance }: TubeSeen): void {
    const who = [line.tube.panel, line.tube.participant].filter(Boolean).join(" · ");
    const left = t("handover.scan.left", { count: balance.unseen }, balance.unseen);
    say(
      "right",
      t("handover.scan.right", { code: line.tube.identifier }),
      [who, left].filter(Boolean).join(" · "),
    );
    last.value = line.line;
  }

  function refused(failure: Failure, args: Seen): void {
    const words = format.words(failure);
    const advice = `${words.detail} ${words.action}`.trim();
    const code = failure.params["code"] ?? args.code;
    if (failure.code === "seen_already") say("again", t("handover.scan.again", { code }), advice);
    else if (failure.problems.length > 0)
      say("wrong", t("handover.scan.refused", { code }), failure.problems.flat().map(problemText).join(" "));
    else say("wrong", `${code}: ${words.title}`, advice);
    if (EXPLAINABLE.includes(failure.code))
      surprise.value = { ...args, code, failure: failure.code, late: LATE.includes(failure.code) };
  }

  async function ask(args: Seen): Promise<Failure | null> {
    try {
      const answer = await platform.call("see_tube", { ...args, transfer: transfer() });
      await keepLine(transfer(), answer);
      seen(answer);
      return null;
    } catch (error) {
      const failure = failureOf(error);
      refused(failure, args);
      return failure;
    } finally {
      waiting.value -= 1;
    }
  }

  return {
    outcome,
    last,
    surprise,
    waiting,
    say,
    refuse: refused,
    /** Takes a tube down once those before it are done; says what stands in the way, if anything does. */
    see(args: Seen): Promise<Failure | null> {
      waiting.value += 1;
      const mine = turn.then(() => ask(args));
      turn = mine;
      return mine;
    },
  };
}
