import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Failure, Saved } from "@/generated/rpc";
import { failureOf, PlatformFailure } from "@/platform";
import { findDraft, readDraft } from "./draftContent";
import { formSession, type FormDoor } from "./formSession";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SAVED: Saved = { save: "s", records: [], warnings: [] };
const failure: Failure = {
  code: "invalid",
  title: "No.",
  detail: "",
  action: "",
  params: {},
  problems: [[]],
};

function make(options: { restored?: boolean; inOrder?: boolean; door?: Partial<FormDoor> } = {}) {
  const world = { dirty: true, text: "O" };
  const door = {
    save: vi.fn(async () => SAVED),
    draftPut: vi.fn(async () => ({})),
    draftDelete: vi.fn(async () => ({})),
    asFailure: failureOf,
    ...options.door,
  };
  const refuse = vi.fn();
  const session = formSession({
    door,
    draftId: "d1",
    restored: options.restored ?? false,
    form: "household",
    route: "/households/new",
    label: () => "Otse",
    content: () => ({ text: world.text }),
    dirty: () => world.dirty,
    examine: async () => options.inOrder ?? true,
    changes: () => [],
    refuse,
  });
  return { session, door, refuse, world };
}

describe("a sitting at a form", () => {
  it("removes its draft in the save, and keeps none afterwards", async () => {
    const { session, door } = make();
    session.typed();
    await vi.advanceTimersByTimeAsync(500);
    expect(door.draftPut).toHaveBeenCalledTimes(1);
    expect(await session.submit()).toBe(SAVED);
    expect(door.save).toHaveBeenCalledWith({ changes: [], draft: "d1" });
    session.typed();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(door.draftPut).toHaveBeenCalledTimes(1);
    expect(session.losing()).toBe(false);
  });

  it("names no draft that was never kept", async () => {
    const { session, door } = make();
    await session.submit();
    expect(door.save).toHaveBeenCalledWith({ changes: [], draft: null });
  });

  it("saves once, however often Save is pressed", async () => {
    const { session, door } = make();
    await Promise.all([session.submit(), session.submit(), session.submit()]);
    expect(door.save).toHaveBeenCalledTimes(1);
  });

  it("does not save what is not in order", async () => {
    const { session, door } = make({ inOrder: false });
    expect(await session.submit()).toBeUndefined();
    expect(door.save).not.toHaveBeenCalled();
    expect(session.state.saving).toBe(false);
  });

  it("shows why a save was refused, and goes on keeping the draft", async () => {
    const save = vi.fn(async () => Promise.reject(new PlatformFailure(failure)));
    const { session, door, refuse } = make({ door: { save } });
    session.typed();
    expect(await session.submit()).toBeUndefined();
    expect(session.state.failure).toEqual(failure);
    expect(refuse).toHaveBeenCalledWith([[]]);
    await vi.advanceTimersByTimeAsync(500);
    expect(door.draftPut).toHaveBeenCalledTimes(1);
  });

  it("loses nothing on leaving, unless the draft cannot be kept", async () => {
    const { session, door } = make();
    session.typed();
    expect(session.losing()).toBe(true);
    expect(await session.settle()).toBe(true);
    expect(door.draftPut).toHaveBeenCalledTimes(1);

    const draftPut = vi.fn(async () => Promise.reject(new Error("disk full")));
    const broken = make({ door: { draftPut } }).session;
    broken.typed();
    expect(await broken.settle()).toBe(false);
    expect(broken.losing()).toBe(true);
    expect(broken.state.draftFailure).toBeDefined();
  });

  it("asks nothing when nothing was typed", async () => {
    const { session, door, world } = make();
    world.dirty = false;
    expect(await session.settle()).toBe(true);
    expect(door.draftPut).not.toHaveBeenCalled();
  });

  it("removes a draft with nothing left in it", async () => {
    const { session, door, world } = make({ restored: true });
    world.dirty = false;
    session.typed();
    await vi.advanceTimersByTimeAsync(500);
    expect(door.draftDelete).toHaveBeenCalledWith({ id: "d1" });
  });

  it("brings a discarded draft back as it was", async () => {
    const { session, door, world } = make();
    session.typed();
    await vi.advanceTimersByTimeAsync(500);
    const undo = await session.discard();
    expect(door.draftDelete).toHaveBeenCalledWith({ id: "d1" });
    world.text = "something else";
    await undo();
    expect(door.draftPut).toHaveBeenLastCalledWith(
      expect.objectContaining({ id: "d1", content: '{"text":"O"}' }),
    );
  });
});

describe("finding a form's draft", () => {
  const draft = (id: string, route: string, form = "household") => ({
    id,
    form,
    route,
    label: "",
    content: '{"version":1}',
    updated_at: "",
  });

  it("takes the one asked for, else the newest of the same form and route", () => {
    const drafts = [draft("b", "/households/new"), draft("a", "/households/new"), draft("c", "/x")];
    expect(findDraft(drafts, "household", "/households/new", "a")?.id).toBe("a");
    expect(findDraft(drafts, "household", "/households/new", undefined)?.id).toBe("b");
    expect(findDraft(drafts, "visit", "/households/new", "a")).toBeUndefined();
  });

  it("leaves alone what it cannot read", () => {
    expect(readDraft({ ...draft("a", "/"), content: "{" })).toBeUndefined();
    expect(readDraft({ ...draft("a", "/"), content: '{"version":9}' })).toBeUndefined();
    expect(readDraft(draft("a", "/"))).toEqual({ version: 1 });
  });
});
