import { describe, expect, it } from "vitest";

import { agoText, deedText, isEraseWord, territories, territoryName } from "./model";

describe("words of the account's pages", () => {
  it("says when something was", () => {
    const now = Date.parse("2026-01-10T12:00:00Z");
    expect(agoText("2026-01-10T11:59:30Z", now)).toBe("just now");
    expect(agoText("2026-01-10T11:20:00Z", now)).toBe("40 minutes ago");
    expect(agoText("2026-01-10T10:30:00Z", now)).toBe("an hour ago");
    expect(agoText("2026-01-09T11:00:00Z", now)).toBe("yesterday");
    expect(agoText("2025-12-01T12:00:00Z", now)).toBe("1 Dec 2025");
    expect(agoText("nonsense", now)).toBe("—");
  });

  it("names what happened, also what it has no words for", () => {
    expect(deedText("failed-sign-ins")).toBe("Sign-ins failed");
    expect(deedText("moon-landed")).toBe("Moon landed");
  });

  it("erases only when the word was written", () => {
    expect([" Erase ", "erase"].every(isEraseWord)).toBe(true);
    expect(["", "eras", "yes"].some(isEraseWord)).toBe(false);
  });

  it("offers territories by name, with the current one among them", () => {
    expect(territories("FJ").some(([code]) => code === "FJ")).toBe(true);
    expect(territories("")[0]).toEqual(["", "Choose…"]);
    expect(territoryName("DE")).toBe("Germany");
  });
});
