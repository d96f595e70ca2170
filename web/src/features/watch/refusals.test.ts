import { describe, expect, it } from "vitest";

import { ApiProblem } from "@/api/problem";

import { endsPlaying } from "./pulse";
import { endingWords, streamWords } from "./refusals";

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

  it("says what plays, and who watches it where", () => {
    const stream = { session_id: "s", profile_id: "p", title_name: "Moss", user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", current: false };
    expect(streamWords(stream, [{ profile_id: "p", name: "Ada" }])).toEqual({ what: "Moss", who: "Ada · Chrome on Linux" });
    expect(streamWords({ ...stream, user_agent: "" }, [])).toEqual({ what: "Moss", who: "another screen" });
  });

  it("says why, where it knows", () => {
    expect(endingWords(problem(410, "stream-ended", { reason: "staff" }))).toBe("The house stopped it.");
    expect(endingWords(problem(410, "stream-ended", { reason: "moon" }))).toBe("");
  });
});
