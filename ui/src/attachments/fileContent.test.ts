import { describe, expect, it } from "vitest";
import { PlatformFailure } from "@/platform";
import { base64, contentOf, MOST } from "./fileContent";

describe("the content of a file", () => {
  it("is the same on the other side, whatever its length", () => {
    for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 60_001]) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 7) % 256);
      const back = Uint8Array.from(atob(base64(bytes)), (letter) => letter.charCodeAt(0));
      expect(back).toEqual(bytes);
    }
  });

  it("is not read if it is larger than any attachment", async () => {
    const large = { size: MOST + 1, arrayBuffer: () => Promise.reject(new Error("read")) } as File;
    const error = await contentOf(large).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlatformFailure);
    expect((error as PlatformFailure).failure).toMatchObject({
      code: "attachment_too_large",
      params: { size: String(MOST + 1), limit: String(MOST) },
    });
  });

  it("that cannot be read is told of", async () => {
    const gone = { size: 5, arrayBuffer: () => Promise.reject(new Error("gone")) } as File;
    await expect(contentOf(gone)).rejects.toMatchObject({ failure: { code: "attachment_unreadable" } });
  });
});
