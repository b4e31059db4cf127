import { describe, expect, it } from "vitest";
import { givesPassphrase } from "./rescue";

describe("an administrator's code", () => {
  it("asks for a passphrase only where it is of the long kind", () => {
    expect(givesPassphrase("")).toBe(false);
    expect(givesPassphrase("ABCDEFGH-ABCDEFGH ")).toBe(false);
    expect(givesPassphrase("abcdefgh abcdefgh a")).toBe(true);
    expect(givesPassphrase("ABCDEFGH-ABCDEFGH-ABCDEFGH-ABCDEFGH")).toBe(true);
  });
});
