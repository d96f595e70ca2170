import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiProblem } from "@/api/problem";
import type { DeviceAuthorization, SessionView } from "@/api/session";

import { codeText, pairingWord, stumble, waitText } from "./model";
import { untilDecided } from "./usePairing";

function refusal(code: string, status = 400, facts: Record<string, unknown> = {}): ApiProblem {
  return new ApiProblem(status >= 500 ? "fault" : "refused", status, { code, title: "T", detail: "D", ...facts });
}

describe("model", () => {
  it("writes codes as people read them", () => {
    expect(codeText("bcdfghjk")).toBe("BCDF-GHJK");
    expect(codeText(" BCDF-ghjk!! ")).toBe("BCDF-GHJK");
    expect(codeText("bc")).toBe("BC");
  });

  it("knows the words of RFC 8628, in a code or in `error`", () => {
    expect(pairingWord(refusal("authorization_pending"))).toBe("pending");
    expect(pairingWord(refusal("x", 400, { error: "slow_down" }))).toBe("slower");
    expect(pairingWord(refusal("access-denied"))).toBe("denied");
    expect(pairingWord(refusal("expired_token"))).toBe("expired");
    expect(pairingWord(refusal("unavailable", 503))).toBe("slower");
    expect(pairingWord(refusal("invalid_client"))).toBe("failed");
  });

  it("says how long to wait", () => {
    expect(stumble(refusal("wait", 429, { retry_after_seconds: 29.2 })).waitSeconds).toBe(30);
    expect(stumble(refusal("credentials", 401)).waitSeconds).toBeNull();
    expect([waitText(1), waitText(60), waitText(600)]).toEqual(["1 second", "60 seconds", "10 minutes"]);
  });
});

describe("untilDecided", () => {
  const code: DeviceAuthorization = { device_code: "d", user_code: "u", verification_uri: "", verification_uri_complete: "", expires_in: 600, interval: 5 };
  const view = { role: "member" } as SessionView;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks at the interval, slower when told so, until it is let in", async () => {
    const at: number[] = [];
    const answers: unknown[] = [refusal("authorization_pending"), refusal("slow_down"), view];
    const start = Date.now();
    const ending = untilDecided(code, new AbortController().signal, () => {
      at.push((Date.now() - start) / 1000);
      const next = answers.shift();
      return next instanceof ApiProblem ? Promise.reject(next) : Promise.resolve(next as SessionView);
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ending).toEqual({ kind: "entered", view });
    expect(at).toEqual([5, 10, 20]);
  });

  it("ends when it is declined, and when its time is over", async () => {
    const declined = untilDecided(code, new AbortController().signal, () => Promise.reject(refusal("access_denied")));
    const late = untilDecided({ ...code, expires_in: 12 }, new AbortController().signal, () => Promise.reject(refusal("authorization_pending")));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await declined).toEqual({ kind: "denied" });
    expect(await late).toEqual({ kind: "expired" });
  });
});
