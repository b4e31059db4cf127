import { describe, expect, it } from "vitest";
import { dateText, dayText, momentText } from "./moment";

describe("a moment", () => {
  it("has the month's name in English, and the order of the fields in Setswana", () => {
    expect(dateText("2026-11-05", "en")).toBe("5 Nov 2026");
    expect(dateText("2026-11-05", "tn")).toBe("05/11/2026");
    expect(dayText("2026-11-05T12:00:00Z", "tn")).toBe("05/11/2026");
    expect(momentText("2026-11-05T12:00:00", "tn")).toBe("05/11/2026, 12:00");
  });

  it("that cannot be read is shown as it came", () => {
    expect(dateText("soon", "en")).toBe("soon");
    expect(momentText("soon", "tn")).toBe("soon");
  });
});
