import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { StreamGrant } from "@/api/types";

import { GrantKeeper, renewalDelayMs } from "./grants";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function grant(over: Partial<StreamGrant> = {}): StreamGrant {
  return {
    session_id: "s",
    title_id: "t",
    release_id: "r1",
    name: "Film",
    complete: true,
    duration_seconds: 60,
    stream_url: "",
    urls: [],
    licence_url: "/api/v1/licences",
    licence_token: "one",
    trickplay_url: null,
    text: [],
    expires_at: new Date(Date.now() + 600_000).toISOString(),
    ...over,
  };
}

function recorder() {
  const told: string[] = [];
  return {
    told,
    events: {
      renewed: (fresh: StreamGrant) => told.push(`renewed ${fresh.licence_token}`),
      replaced: (fresh: StreamGrant) => told.push(`replaced ${fresh.release_id}`),
      completed: (fresh: StreamGrant) => told.push(`completed ${fresh.release_id}`),
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("renewalDelayMs", () => {
  it("leaves a fifth of the time, at least twenty seconds", () => {
    expect(renewalDelayMs("2026-01-01T00:10:00Z", NOW)).toBe(480_000);
    expect(renewalDelayMs("2026-01-01T00:01:00Z", NOW)).toBe(40_000);
  });

  it("renews at once what is about to end or has ended", () => {
    expect(renewalDelayMs("2026-01-01T00:00:15Z", NOW)).toBe(0);
    expect(renewalDelayMs("2025-12-31T00:00:00Z", NOW)).toBe(0);
  });

  it("does not overflow a timer", () => {
    expect(renewalDelayMs("2099-01-01T00:00:00Z", NOW)).toBeLessThan(2 ** 31);
    expect(renewalDelayMs("soon", NOW)).toBeLessThan(2 ** 31);
  });
});

describe("GrantKeeper", () => {
  it("renews before the end and uses the fresh token", async () => {
    const { told, events } = recorder();
    const keeper = new GrantKeeper(grant(), () => Promise.resolve(grant({ licence_token: "two" })), events);
    await vi.advanceTimersByTimeAsync(479_000);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual(["renewed two"]);
    expect(keeper.grant.licence_token).toBe("two");
    keeper.stop();
  });

  it("tries again soon when a renewal fails", async () => {
    const { told, events } = recorder();
    let calls = 0;
    const keeper = new GrantKeeper(
      grant(),
      () => {
        calls += 1;
        return calls < 3 ? Promise.reject(new Error("away")) : Promise.resolve(grant({ licence_token: "late" }));
      },
      events,
    );
    await vi.advanceTimersByTimeAsync(480_000 + 11_000);
    expect(told).toEqual(["renewed late"]);
    keeper.stop();
  });

  it("says when another release has taken the place of the old one", async () => {
    const { told, events } = recorder();
    const keeper = new GrantKeeper(grant(), () => Promise.resolve(grant({ release_id: "r2" })), events);
    await keeper.renew();
    expect(told).toEqual(["replaced r2"]);
    keeper.stop();
  });

  it("watches an early release until it is complete, and tells once without disturbing", async () => {
    const { told, events } = recorder();
    let calls = 0;
    const keeper = new GrantKeeper(
      grant({ complete: false }),
      () => {
        calls += 1;
        return Promise.resolve(grant({ complete: calls >= 3, release_id: calls >= 3 ? "r2" : "r1" }));
      },
      events,
    );
    await vi.advanceTimersByTimeAsync(100_000);
    expect(told).toEqual(["completed r2"]);
    expect(keeper.grant.release_id).toBe("r1");
    keeper.stop();
  });

  it("names the stream of the newest grant, also of one that it only looked at: it has taken the browser's place", async () => {
    let calls = 0;
    const { events } = recorder();
    const keeper = new GrantKeeper(
      grant({ complete: false, session_id: "s-0" }),
      () => {
        calls += 1;
        return Promise.resolve(grant({ complete: false, session_id: `s-${calls}` }));
      },
      events,
    );
    expect(keeper.sessionId).toBe("s-0");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(keeper.sessionId).toBe("s-1");
    expect(keeper.grant.session_id).toBe("s-0");
    await keeper.renew();
    expect([keeper.sessionId, keeper.grant.session_id]).toEqual(["s-2", "s-2"]);
    keeper.stop();
  });

  it("is quiet once stopped", async () => {
    const { told, events } = recorder();
    const fetchGrant = vi.fn(() => Promise.resolve(grant()));
    const keeper = new GrantKeeper(grant({ complete: false }), fetchGrant, events);
    keeper.stop();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(fetchGrant).not.toHaveBeenCalled();
    expect(told).toEqual([]);
  });
});
