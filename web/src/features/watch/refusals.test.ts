/// <reference types="node" />

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { ApiProblem } from "@/api/problem";
import { currentTranslator } from "@/i18n";

import { endsPlaying } from "./pulse";
import { END_REASONS, endingWords, streamWords } from "./refusals";

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
    const { t } = currentTranslator();
    const stream = { session_id: "s", profile_id: "p", title_name: "Moss", user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", current: false };
    expect(streamWords(stream, [{ profile_id: "p", name: "Ada" }], t)).toEqual({ what: "Moss", who: "Ada · Chrome on Linux" });
    expect(streamWords({ ...stream, user_agent: "" }, [], t)).toEqual({ what: "Moss", who: "another screen" });
  });

  it("says why, for every reason of the service's contract", () => {
    const { t } = currentTranslator();
    const contract = readFileSync(resolve(import.meta.dirname, "../../../../src/matinee/contracts/playback.py"), "utf8");
    const reasons = (/EndReason = Literal\[([^\]]+)\]/.exec(contract)?.[1] ?? "").split(",").map((word) => word.trim().replaceAll('"', ""));
    expect([...END_REASONS].sort()).toEqual(reasons.sort());
    const said = END_REASONS.map((reason) => endingWords(problem(410, "stream-ended", { reason }), t));
    expect(new Set(said).size).toBe(END_REASONS.length);
    expect(said.every((words) => words.endsWith("."))).toBe(true);
    expect(endingWords(problem(410, "stream-ended", { reason: "moon" }), t)).toBe("");
    expect(endingWords(problem(410, "stream-ended"), t)).toBe("");
  });
});
