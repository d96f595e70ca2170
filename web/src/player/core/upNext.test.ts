import { describe, expect, it } from "vitest";

import type { Marker } from "@/api/types";

import { endBegins, UpNext, type EndHabit, type Moment } from "./upNext";

const CREDITS: Marker = { kind: "credits", starts_seconds: 1700, ends_seconds: 1800 };

function at(seconds: number, over: Partial<Moment> = {}): Moment {
  return { seconds, duration: 1800, playing: true, ended: false, ...over };
}
const ENDED = at(1800, { playing: false, ended: true });

function over(markers: readonly Marker[], habit: EndHabit = "countdown"): UpNext {
  return new UpNext(markers, habit);
}

describe("the end of an episode", () => {
  it("begins with its credits, else shortly before its end, later in what is short", () => {
    expect(endBegins([CREDITS], 1800)).toBe(1700);
    expect(endBegins([], 1800)).toBe(1785);
    expect(endBegins([], 24)).toBe(18);
    expect(endBegins([{ ...CREDITS, ends_seconds: 1720 }], 1800)).toBe(1785);
  });

  it("counts ten seconds down over the credits, but not while the film stands still", () => {
    const clock = over([CREDITS]);
    expect(clock.tick(at(1699), 250)).toEqual({ phase: "hidden", leftMs: null });
    expect(clock.tick(at(1700), 250)).toEqual({ phase: "offered", leftMs: 9750 });
    expect(clock.tick(at(1700, { playing: false }), 60_000)).toEqual({ phase: "offered", leftMs: 9750 });
    expect(clock.tick(at(1709), 9750)).toEqual({ phase: "due", leftMs: 0 });
  });

  it("begins anew when somebody goes back into the film", () => {
    const clock = over([CREDITS]);
    clock.tick(at(1705), 6000);
    expect(clock.tick(at(1000), 250).phase).toBe("hidden");
    expect(clock.tick(at(1700), 250).leftMs).toBe(9750);
  });

  it("cuts nothing off where no credits are known: it counts to the end of the film", () => {
    const clock = over([]);
    expect(clock.tick(at(1790), 250)).toEqual({ phase: "offered", leftMs: 10_000 });
    expect(clock.tick(at(1799.9), 250).phase).toBe("offered");
    for (let second = 0; second < 6; second += 1) clock.tick(at(1794 + second), 1000);
    expect(clock.tick(ENDED, 250)).toEqual({ phase: "due", leftMs: 0 });
  });

  it("still gives five seconds to somebody who jumped to the end", () => {
    const clock = over([CREDITS]);
    expect(clock.tick(ENDED, 1000)).toEqual({ phase: "offered", leftMs: 4000 });
    expect(clock.tick(ENDED, 4000).phase).toBe("due");
  });

  it("lets the credits run for whoever wants them, and does not begin by itself after that", () => {
    const clock = over([CREDITS]);
    clock.tick(at(1700), 250);
    clock.decline(false);
    expect(clock.tick(at(1750), 60_000)).toEqual({ phase: "hidden", leftMs: null });
    expect(clock.tick(ENDED, 60_000)).toEqual({ phase: "offered", leftMs: null });
  });

  it("stops for good when it is turned down at the end", () => {
    const clock = over([CREDITS]);
    clock.tick(ENDED, 250);
    clock.decline(true);
    expect(clock.tick(ENDED, 60_000)).toEqual({ phase: "offered", leftMs: null });
  });

  it("waits, goes sooner, or only after the credits, as somebody likes it", () => {
    expect(over([CREDITS], "wait").tick(at(1750), 60_000)).toEqual({ phase: "offered", leftMs: null });
    expect(over([CREDITS], "wait").tick(ENDED, 60_000)).toEqual({ phase: "offered", leftMs: null });
    expect(over([CREDITS], "brief").tick(at(1700), 250)).toEqual({ phase: "offered", leftMs: 4750 });
    const after = over([CREDITS], "after");
    expect(after.tick(at(1799), 250).phase).toBe("hidden");
    expect(after.tick(ENDED, 5000).phase).toBe("due");
  });

  it("knows nothing of a film whose length is not known", () => {
    expect(over([]).tick(at(0, { duration: 0 }), 250).phase).toBe("hidden");
  });
});
