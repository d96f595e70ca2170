import { describe, expect, it } from "vitest";

import { Presence, UNATTENDED_MS } from "./presence";

const MINUTE = 60_000;

describe("Presence", () => {
  it("asks at the end of the third episode that nobody touched", () => {
    const presence = new Presence(0);
    expect([20, 40, 60].map((minute) => presence.finished(minute * MINUTE))).toEqual([false, false, true]);
  });

  it("begins to count again at every sign of somebody", () => {
    const presence = new Presence(0);
    presence.finished(20 * MINUTE);
    presence.finished(40 * MINUTE);
    presence.sign(41 * MINUTE);
    expect(presence.finished(60 * MINUTE)).toBe(false);
  });

  it("asks after an hour and a half, however few the episodes were", () => {
    const presence = new Presence(0);
    presence.sign(MINUTE);
    expect(presence.finished(MINUTE + UNATTENDED_MS - 1)).toBe(false);
    expect(presence.finished(MINUTE + UNATTENDED_MS)).toBe(true);
  });
});
