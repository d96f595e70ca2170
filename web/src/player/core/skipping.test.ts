import { describe, expect, it } from "vitest";

import type { Marker } from "@/api/types";

import { ASK_ALWAYS, closingCredits, partAt, partKey, partOffered, partToSkip, type SkipHabits } from "./skipping";

const INTRO: Marker = { kind: "intro", starts_seconds: 10, ends_seconds: 40 };
const RECAP: Marker = { kind: "recap", starts_seconds: 0, ends_seconds: 20 };
const CREDITS: Marker = { kind: "credits", starts_seconds: 90, ends_seconds: 100 };
const ALWAYS: SkipHabits = { intro: "always", recap: "always", credits: "always" };
const NEVER: SkipHabits = { intro: "never", recap: "never", credits: "never" };
const NONE = new Set<string>();

describe("a part of a film", () => {
  it("is the one that covers the moment, of several the one that began last, until just before its end", () => {
    const all = [INTRO, RECAP, CREDITS];
    expect(partAt(all, 5)).toBe(RECAP);
    expect(partAt(all, 12)).toBe(INTRO);
    expect(partAt(all, 39.5)).toBeNull();
    expect(partAt(all, 60)).toBeNull();
    expect(partAt([], 5)).toBeNull();
  });

  it("is offered unless it is never to be skipped", () => {
    expect(partOffered([INTRO], 11, ASK_ALWAYS)).toBe(INTRO);
    expect(partOffered([INTRO], 11, NEVER)).toBeNull();
    expect(partOffered([INTRO], 30, ALWAYS)).toBe(INTRO);
  });

  it("is skipped by itself where it begins, not in its middle, not twice, and only when that is wanted", () => {
    expect(partToSkip([INTRO], 10.2, ALWAYS, NONE)).toBe(INTRO);
    expect(partToSkip([INTRO], 25, ALWAYS, NONE)).toBeNull();
    expect(partToSkip([INTRO], 10.2, ALWAYS, new Set([partKey(INTRO)]))).toBeNull();
    expect(partToSkip([INTRO], 10.2, ASK_ALWAYS, NONE)).toBeNull();
    expect(partToSkip([INTRO], 10.2, NEVER, NONE)).toBeNull();
  });
});

describe("closingCredits", () => {
  it("are those that the film ends with, not those before a last scene", () => {
    expect(closingCredits([INTRO, CREDITS], 102)).toBe(CREDITS);
    expect(closingCredits([CREDITS], 130)).toBeNull();
    expect(closingCredits([INTRO], 100)).toBeNull();
  });
});
