import { describe, expect, it } from "vitest";

import { ApiProblem } from "@/api/problem";

import { endsPlaying } from "./pulse";
import { endingWords } from "./refusals";

function problem(status: number, code: string, facts: Record<string, unknown> = {}): ApiProblem {
  return new ApiProblem("refused", status, { code, ...facts });
}

describe("refusals while playing", () => {
  it("ends playing for an ended stream or session, and for nothing that passes", () => {
    expect(endsPlaying(problem(410, "stream-ended"))).toBe(true);
    expect(endsPlaying(problem(401, "session-ended"))).toBe(true);
    expect(endsPlaying(problem(429, "wait"))).toBe(false);
    expect(endsPlaying(new ApiProblem("fault", 503, {}))).toBe(false);
    expect(endsPlaying(new TypeError("x"))).toBe(false);
  });

  it("says why, where it knows", () => {
    expect(endingWords(problem(410, "stream-ended", { reason: "staff" }))).toBe("The house stopped it.");
    expect(endingWords(problem(410, "stream-ended", { reason: "moon" }))).toBe("");
  });
});
