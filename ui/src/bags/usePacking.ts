/** Tubes put into one bag, one after the other: each is asked about in its turn, however fast they come. */
import { ref } from "vue";
import { useI18n } from "vue-i18n";
import { useProblemWords } from "@/components/forms/problemWords";
import { play, type Sound } from "@/components/sound";
import { useFormat } from "@/format";
import type { BagView, Failure, PackArgs, TubeRow } from "@/generated/rpc";
import type { Outcome } from "@/labels/useScans";
import { sameIdentifier } from "@/participants/scan";
import { failureOf, usePlatform } from "@/platform";
import { useKeepBags } from "./useBags";

/** How a tube was put in. */
export type Pack = Omit<PackArgs, "bag">;

export function usePacking(bag: () => string) {
  const { t } = useI18n();
  const platform = usePlatform();
  const format = useFormat();
  const { problemText } = useProblemWords();
  const { now, keepBag } = useKeepBags();
  const outcome = ref<Outcome>();
  /** The tube that was put in last, as long as it is the last thing done. */
  const last = ref<TubeRow>();
  /** A tube that was refused because nobody has made sure of its label. */
  const unchecked = ref<TubeRow>();
  const waiting = ref(0);
  let turn: Promise<unknown> = Promise.resolve();
  let n = 0;

  function say(kind: Sound, title: string, detail = ""): void {
    outcome.value = { n: ++n, kind, title, detail };
    unchecked.value = undefined;
    play(kind);
  }

  function packed(view: BagView, code: string): void {
    last.value = view.tubes.find(({ identifier }) => sameIdentifier(identifier, code));
    const count = view.tubes.length;
    const who = [last.value?.panel, last.value?.participant].filter(Boolean).join(" · ");
    const title = t("bags.scan.right", { code: last.value?.identifier ?? code });
    say("right", title, t("bags.scan.right_detail", { who, count }, count));
  }

  function refused(failure: Failure, code: string): void {
    const words = format.words(failure);
    const advice = `${words.detail} ${words.action}`.trim();
    const problems = failure.problems.flat();
    last.value = undefined;
    if (failure.code === "already_packed") say("again", t("bags.scan.again", { code }), advice);
    else if (problems.length > 0)
      say("wrong", t("bags.scan.refused", { code }), problems.map(problemText).join(" "));
    else say("wrong", `${code}: ${words.title}`, advice);
    if (problems.some((problem) => problem.code === "specimen.unlabelled"))
      unchecked.value = now()?.loose.find(({ identifier }) => sameIdentifier(identifier, code));
  }

  async function ask(args: Pack): Promise<Failure | null> {
    try {
      const view = await platform.call("pack", { ...args, bag: bag() });
      await keepBag(view);
      packed(view, args.code);
      return null;
    } catch (error) {
      const failure = failureOf(error);
      refused(failure, args.code);
      return failure;
    } finally {
      waiting.value -= 1;
    }
  }

  return {
    outcome,
    last,
    unchecked,
    waiting,
    say,
    /** Puts a tube in once those before it are done; says what stands in the way, if anything does. */
    pack(args: Pack): Promise<Failure | null> {
      waiting.value += 1;
      const mine = turn.then(() => ask(args));
      turn = mine;
      return mine;
    },
  };
}

export type Packing = ReturnType<typeof usePacking>;
