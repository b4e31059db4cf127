import { describe, expect, it } from "vitest";
import { firstChoice, isSftp, percentDone, TYPED } from "./place";

const drive = (path: string, read_only = false) => ({ path, name: path, read_only });

describe("the place of a courier", () => {
  it("is an SFTP server by its beginning only", () => {
    expect(isSftp(" SFTP://lesedi@clinic/x")).toBe(true);
    expect(isSftp("/media/sftp://x")).toBe(false);
  });

  it("is chosen beforehand only where there is no doubt", () => {
    expect(firstChoice([drive("/media/a")])).toBe("/media/a");
    expect(firstChoice([drive("/media/a"), drive("/media/b")])).toBe("");
    expect(firstChoice([drive("/media/a"), drive("/media/b", true)])).toBe("/media/a");
    expect(firstChoice([drive("/media/b", true)])).toBe("");
    expect(firstChoice([])).toBe(TYPED);
  });
});

it("progress is unknown until its length is, and never over a hundred", () => {
  expect(percentDone({ done: 0, total: 0 })).toBeUndefined();
  expect(percentDone({ done: 1, total: 3 })).toBe(33);
  expect(percentDone({ done: 4, total: 3 })).toBe(100);
});
