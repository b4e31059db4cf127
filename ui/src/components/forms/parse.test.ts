import { describe, expect, it } from "vitest";
import {
  isoDay,
  parseDate,
  parseDateTime,
  parseDecimal,
  parseInteger,
  presentMinute,
  showDate,
  showDateTime,
} from "./parse";

const NOW = new Date(2026, 10, 20, 14, 30, 20);
/** What a local time is in UTC, in whatever zone the tests run. */
const utc = (...at: [number, number, number, number, number]): string =>
  new Date(at[0], at[1] - 1, at[2], at[3], at[4]).toISOString().replace(".000Z", "Z");

describe("dates", () => {
  it.each([
    ["15/12/1990", "1990-12-15"],
    ["5/3/1990", "1990-03-05"],
    [" 05.03.1990 ", "1990-03-05"],
    ["05-03-1990", "1990-03-05"],
    ["05031990", "1990-03-05"],
    ["1990-03-05", "1990-03-05"],
    ["29/02/2024", "2024-02-29"],
  ])("reads %s, day first", (typed, iso) => {
    expect(parseDate(typed)).toEqual({ ok: true, value: iso });
  });

  it.each(["29/02/2023", "31/04/2020", "12/13/1990", "00/01/1990"])("knows that %s is no day", (typed) => {
    expect(parseDate(typed)).toEqual({ ok: false, problem: "no_such_day" });
  });

  it.each(["yesterday", "12/90", "1/2/90", "2026", "12/12/19999"])("does not guess at %s", (typed) => {
    expect(parseDate(typed)).toEqual({ ok: false, problem: "date" });
  });

  it("reads nothing as nothing", () => {
    expect(parseDate("  ")).toEqual({ ok: true, value: null });
  });

  it("writes what it reads", () => {
    expect(showDate("1990-03-05")).toBe("05/03/1990");
    expect(parseDate(showDate("1990-03-05"))).toEqual({ ok: true, value: "1990-03-05" });
  });
});

describe("times", () => {
  it("reads local time into UTC", () => {
    expect(parseDateTime("02/03/2026 07:37", NOW)).toEqual({ ok: true, value: utc(2026, 3, 2, 7, 37) });
    expect(parseDateTime("2026-03-02T7:37", NOW)).toEqual({ ok: true, value: utc(2026, 3, 2, 7, 37) });
  });

  it("reads a time of day as today's", () => {
    expect(parseDateTime("9:05", NOW)).toEqual({ ok: true, value: utc(2026, 11, 20, 9, 5) });
    expect(parseDateTime("9.05", NOW)).toEqual({ ok: true, value: utc(2026, 11, 20, 9, 5) });
  });

  it.each([
    ["24:00", "no_such_time"],
    ["12:60", "no_such_time"],
    ["31/02/2026 10:00", "no_such_day"],
    ["02/03/2026", "time"],
    ["noon", "time"],
  ])("says of %s: %s", (typed, problem) => {
    expect(parseDateTime(typed, NOW)).toEqual({ ok: false, problem });
  });

  it("writes an instant in local time, and reads it back unchanged", () => {
    const instant = utc(2026, 3, 2, 7, 37);
    expect(showDateTime(instant)).toBe("02/03/2026 07:37");
    expect(parseDateTime(showDateTime(instant), NOW)).toEqual({ ok: true, value: instant });
    expect(parseDateTime(showDateTime("2026-03-02T05:37:42Z"), NOW)).toEqual({
      ok: true,
      value: "2026-03-02T05:37:42Z",
    });
  });

  it("takes the present minute, not the second", () => {
    expect(presentMinute(NOW)).toBe(utc(2026, 11, 20, 14, 30));
  });

  it("takes the local day, not that of UTC", () => {
    expect(isoDay(new Date(2026, 0, 1, 0, 30))).toBe("2026-01-01");
  });
});

describe("numbers", () => {
  it("reads whole numbers and nothing else", () => {
    expect(parseInteger(" 42 ")).toEqual({ ok: true, value: 42 });
    expect(parseInteger("-1")).toEqual({ ok: true, value: -1 });
    for (const typed of ["4.0", "1e3", "0x10", "12 34", "９"])
      expect(parseInteger(typed).ok, typed).toBe(false);
  });

  it("keeps decimals as text, with a point", () => {
    expect(parseDecimal("4,50")).toEqual({ ok: true, value: "4.50" });
    expect(parseDecimal(".5")).toEqual({ ok: true, value: "0.5" });
    expect(parseDecimal("-24.707841")).toEqual({ ok: true, value: "-24.707841" });
    expect(parseDecimal("0.1000000000000000055")).toEqual({ ok: true, value: "0.1000000000000000055" });
    for (const typed of ["1e3", "NaN", "4.5.1", "4 5", "-"])
      expect(parseDecimal(typed).ok, typed).toBe(false);
  });
});
