/** Asks at most one question at a time for the newest state, and lets only the newest answer win. */

export interface Latest<Q, A> {
  /** Asks soon; an earlier question not yet asked is forgotten. */
  ask(question: Q): void;
  /** Asks now and gives this question's own answer, which also wins over all earlier ones. */
  askNow(question: Q): Promise<A>;
  /** Forgets what is due and ignores answers on their way. */
  cancel(): void;
}

/** `delay` is in milliseconds; `onAnswer` hears only answers that no later question has overtaken. */
export function latest<Q, A>(
  query: (question: Q) => Promise<A>,
  onAnswer: (answer: A) => void,
  onFailure: (failure: unknown) => void,
  delay = 120,
): Latest<Q, A> {
  let newest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function run(question: Q): Promise<A> {
    const mine = ++newest;
    const answer = await query(question);
    if (mine === newest) onAnswer(answer);
    return answer;
  }

  return {
    ask(question) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const mine = newest + 1;
        run(question).catch((failure: unknown) => {
          if (mine === newest) onFailure(failure);
        });
      }, delay);
    },
    askNow(question) {
      clearTimeout(timer);
      return run(question);
    },
    cancel() {
      clearTimeout(timer);
      newest += 1;
    },
  };
}
