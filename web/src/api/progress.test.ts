import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { noteServerDate, serverNow } from "./clock";
import type { Progress } from "./playback";
import { keepReport, keptReports, sendLate, sendReport } from "./progress";

function at(seconds: number, title = "t", eventMs = seconds * 1000): Progress {
  return { session_id: "s", movie_id: title, position_seconds: seconds, state: "playing", event_ms: eventMs };
}

type Sent = Progress & { keepalive: boolean };
let sent: Sent[] = [];
let status: number | "offline" = 204;

beforeEach(() => {
  sent = [];
  status = 204;
  window.localStorage.clear();
  vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
    if (status === "offline") return Promise.reject(new TypeError("Failed to fetch"));
    sent.push({ ...(JSON.parse(init.body as string) as Progress), keepalive: init.keepalive === true });
    return Promise.resolve(new Response(status === 204 ? null : "{}", { status }));
  });
});
afterEach(() => void vi.unstubAllGlobals());

const kept = () => keptReports(window.localStorage).map((one) => [one.profile_id, one.progress.movie_id, one.progress.position_seconds]);

describe("reports", () => {
  it("are kept only until they have arrived", async () => {
    await sendReport("ada", at(4), "staying");
    await sendReport("ada", at(8), "leaving");
    expect(sent.map((one) => [one.position_seconds, one.keepalive])).toEqual([[4, false], [8, true]]);
    expect(kept()).toEqual([]);
  });

  it("wait while offline, the last one of each title, and are sent later with their own moment", async () => {
    status = "offline";
    for (const one of [at(4), at(8), at(3, "u", 9000)]) await expect(sendReport("ada", one, "staying")).rejects.toThrow();
    expect(kept()).toEqual([["ada", "t", 8], ["ada", "u", 3]]);
    status = 204;
    await sendLate("ada");
    expect(sent.map((one) => [one.movie_id, one.position_seconds, one.event_ms])).toEqual([["t", 8, 8000], ["u", 3, 9000]]);
    expect(kept()).toEqual([]);
  });

  it("are never sent for another profile, nor for the title that tells for itself", async () => {
    keepReport(window.localStorage, "ben", at(1));
    keepReport(window.localStorage, "ada", at(2));
    keepReport(window.localStorage, "ada", at(3, "u"));
    await sendLate("ada", "t");
    expect(sent.map((one) => one.movie_id)).toEqual(["u"]);
    expect(kept()).toEqual([["ben", "t", 1], ["ada", "t", 2]]);
  });

  it("stop at the first that cannot arrive, and do not try in vain what is refused", async () => {
    keepReport(window.localStorage, "ada", at(1));
    keepReport(window.localStorage, "ada", at(2, "u"));
    status = 503;
    await sendLate("ada");
    expect(sent).toHaveLength(1);
    expect(kept()).toHaveLength(2);
    status = 410;
    await sendLate("ada");
    expect(kept()).toEqual([]);
  });

  it("of strangers are not kept", async () => {
    status = "offline";
    await expect(sendReport("", at(4), "staying")).rejects.toThrow();
    expect(kept()).toEqual([]);
  });

  it("are bounded, and what is unreadable counts as nothing", () => {
    for (let index = 0; index < 60; index += 1) keepReport(window.localStorage, "ada", at(index, `t${index}`));
    expect(kept()).toHaveLength(50);
    expect(kept()[0]).toEqual(["ada", "t10", 10]);
    for (const text of ["{", "7", '[{"profile_id":1}]', "[null]"]) {
      window.localStorage.setItem("matinee.progress", text);
      expect(kept()).toEqual([]);
    }
  });
});

describe("the service's clock", () => {
  it("corrects a device that is wrong, and leaves alone what may be the way", () => {
    const now = Date.parse("2026-11-21T08:00:00.000Z");
    noteServerDate("Sat, 21 Nov 2026 08:10:00 GMT", now);
    expect(serverNow(now)).toBe(now + 600_500);
    noteServerDate("nonsense", now);
    expect(serverNow(now)).toBe(now + 600_500);
    noteServerDate("Sat, 21 Nov 2026 08:00:02 GMT", now);
    expect(serverNow(now)).toBe(now);
  });
});
