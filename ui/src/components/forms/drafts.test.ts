import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { draftKeeper } from "./draftKeeper";
import { latest } from "./latest";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A `put` that is answered when the test says so. */
function slowPut() {
  const waiting: { done: () => void; fail: (why: unknown) => void }[] = [];
  const put = vi.fn(() => new Promise<void>((done, fail) => waiting.push({ done, fail })));
  return {
    put,
    answer: async () => (waiting.shift()?.done(), await vi.advanceTimersByTimeAsync(0)),
    waiting,
  };
}

describe("the keeper of a draft", () => {
  it("keeps half a second after the last key", async () => {
    const put = vi.fn(async () => undefined);
    const keeper = draftKeeper({ put });
    keeper.touch();
    await vi.advanceTimersByTimeAsync(499);
    expect(put).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(put).toHaveBeenCalledTimes(1);
    expect(keeper.kept()).toBe(true);
  });

  it("keeps within a second of the first key, however long one types on", async () => {
    const put = vi.fn(async () => undefined);
    const keeper = draftKeeper({ put });
    for (let at = 0; at < 3_000; at += 100) {
      keeper.touch();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(put.mock.calls.length).toBeGreaterThanOrEqual(2);
    expect(put.mock.calls.length).toBeLessThanOrEqual(3);
  });

  it("never has two on their way, and always keeps the last", async () => {
    const { put, answer } = slowPut();
    const keeper = draftKeeper({ put });
    keeper.touch();
    await vi.advanceTimersByTimeAsync(500);
    keeper.touch();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(put).toHaveBeenCalledTimes(1);
    expect(keeper.kept()).toBe(false);
    await answer();
    expect(put).toHaveBeenCalledTimes(2);
    await answer();
    expect(keeper.kept()).toBe(true);
  });

  it("keeps at once when told to, and says whether it could", async () => {
    let broken = true;
    const failures: unknown[] = [];
    const put = async () => {
      if (broken) throw new Error("disk full");
    };
    const keeper = draftKeeper({ put, onKept: (failure) => failures.push(failure) });
    keeper.touch();
    expect(await keeper.flush()).toBe(false);
    expect(failures.at(-1)).toBeInstanceOf(Error);
    broken = false;
    expect(await keeper.flush()).toBe(true);
    expect(failures.at(-1)).toBeUndefined();
  });

  it("has nothing to keep when nothing was typed", async () => {
    const put = vi.fn(async () => undefined);
    expect(await draftKeeper({ put }).flush()).toBe(true);
    expect(put).not.toHaveBeenCalled();
  });

  it("waits for what is on its way before a save, and keeps nothing after it", async () => {
    const { put, answer } = slowPut();
    const keeper = draftKeeper({ put });
    keeper.touch();
    await vi.advanceTimersByTimeAsync(500);
    let stopped = false;
    void keeper.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    keeper.touch();
    await answer();
    expect(stopped).toBe(true);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(put).toHaveBeenCalledTimes(1);
    keeper.resume();
    await vi.advanceTimersByTimeAsync(500);
    expect(put).toHaveBeenCalledTimes(2);
  });
});

describe("the latest answer wins", () => {
  const slow = () => {
    const answers = new Map<string, (text: string) => void>();
    return {
      answers,
      query: (question: string) => new Promise<string>((done) => answers.set(question, done)),
    };
  };

  it("though an earlier one arrives later", async () => {
    const heard: string[] = [];
    const { answers, query } = slow();
    const ask = latest(query, (answer: string) => heard.push(answer), vi.fn(), 100);
    ask.ask("a");
    await vi.advanceTimersByTimeAsync(100);
    ask.ask("b");
    await vi.advanceTimersByTimeAsync(100);
    answers.get("b")?.("of b");
    answers.get("a")?.("of a");
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(["of b"]);
  });

  it("and typing on asks once", async () => {
    const query = vi.fn(async (question: string) => question);
    const heard: string[] = [];
    const ask = latest(query, (answer) => heard.push(answer), vi.fn(), 100);
    for (const text of ["O", "OT", "OTE"]) ask.ask(text);
    await vi.advanceTimersByTimeAsync(100);
    expect(heard).toEqual(["OTE"]);
  });

  it("and a question at once overtakes one that waits", async () => {
    const query = vi.fn(async (question: string) => question);
    const heard: string[] = [];
    const ask = latest(query, (answer) => heard.push(answer), vi.fn(), 100);
    ask.ask("old");
    expect(await ask.askNow("new")).toBe("new");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual(["new"]);
  });

  it("and only the failure of the newest is told", async () => {
    const failed = vi.fn();
    const ask = latest(async () => Promise.reject(new Error("gone")), vi.fn(), failed, 100);
    ask.ask("a");
    await vi.advanceTimersByTimeAsync(100);
    expect(failed).toHaveBeenCalledTimes(1);
  });
});
