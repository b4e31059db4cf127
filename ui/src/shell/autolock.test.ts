import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { flushDrafts, onFlush } from "@/state/drafts";
import { pollEvery } from "@/state/app";
import type { SyncStatus } from "@/generated/rpc";
import { passphraseFaults } from "@/session/passphrase";
import { percentOf } from "@/sync/progress";
import { useAutoLock } from "./autolock";

const around = (setup: () => void) => mount(defineComponent({ setup: () => (setup(), () => h("div")) }));

describe("the lock on inactivity", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function locks(minutes: number) {
    const lock = vi.fn(() => Promise.resolve());
    const page = around(() => useAutoLock(() => minutes, lock));
    return { lock, page };
  }

  it("comes after the minutes without a sign of a person", () => {
    const { lock } = locks(10);
    vi.advanceTimersByTime(9.9 * 60_000);
    expect(lock).not.toHaveBeenCalled();
    vi.advanceTimersByTime(0.2 * 60_000);
    expect(lock).toHaveBeenCalledTimes(1);
  });

  it("waits as long as somebody types", () => {
    const { lock } = locks(10);
    for (let i = 0; i < 5; i += 1) {
      vi.advanceTimersByTime(8 * 60_000);
      window.dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
    }
    expect(lock).not.toHaveBeenCalled();
  });

  it("comes as a laptop wakes that slept too long", () => {
    const { lock } = locks(10);
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    vi.advanceTimersByTime(5_000);
    expect(lock).toHaveBeenCalledTimes(1);
  });

  it("never comes at zero minutes, nor after the page is gone", () => {
    const never = locks(0);
    const gone = locks(1);
    gone.page.unmount();
    vi.advanceTimersByTime(3_600_000);
    expect(never.lock).not.toHaveBeenCalled();
    expect(gone.lock).not.toHaveBeenCalled();
  });
});

describe("drafts before the lock", () => {
  it("are all kept, though one cannot be, and a closed form is forgotten", async () => {
    const kept: string[] = [];
    const page = around(() => {
      onFlush(() => Promise.reject(new Error("disk full")));
      onFlush(() => Promise.resolve(void kept.push("household")));
    });
    await flushDrafts();
    expect(kept).toEqual(["household"]);
    page.unmount();
    await flushDrafts();
    expect(kept).toEqual(["household"]);
  });
});

describe("how often the state is asked for", () => {
  it.each([
    ["idle", 5_000],
    ["offline", 5_000],
    ["paused", 5_000],
    ["connecting", 1_000],
    ["sending", 1_000],
    ["receiving", 1_000],
  ] as const)("%s", (phase, every) => expect(pollEvery({ phase } as SyncStatus)).toBe(every));
  it("nobody signed in", () => expect(pollEvery(null)).toBe(5_000));
});

describe("a new passphrase", () => {
  it("is counted as a person counts", () => {
    expect(passphraseFaults("🦁🦁🦁🦁", "🦁🦁🦁🦁").short).toBe(true);
    expect(passphraseFaults("eight ch", "eight ch")).toEqual({ short: false, unequal: false });
    expect(passphraseFaults("eight ch", "eight cH").unequal).toBe(true);
  });
});

describe("the bar of a push", () => {
  const at = (entries_done: number, entries_total: number, bytes_sent: number, bytes_total: number) =>
    percentOf({ entries_done, entries_total, bytes_sent, bytes_total, seconds_left: null });
  it("is full only when receipts cover everything", () => {
    expect(at(0, 10, 100, 100)).toBe(95);
    expect(at(10, 10, 100, 100)).toBe(100);
  });
  it("never goes out of bounds", () => {
    expect(at(0, 0, 0, 0)).toBe(0);
    expect(at(20, 10, 300, 100)).toBe(100);
  });
});
