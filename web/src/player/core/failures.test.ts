import { describe, expect, it } from "vitest";

import { ApiProblem } from "@/api/problem";

import { CATEGORY, describeFailure, isExpiredAddress, isInterruption, isNetworkError } from "./failures";

function engineError(category: number, code: number, data: unknown[] = []) {
  return { category, code, severity: 2, data };
}

describe("describeFailure", () => {
  it("has a sentence of its own for every category", () => {
    const sentences = Object.values(CATEGORY).map((category) => describeFailure(engineError(category, 1)).sentence);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it("quotes the engine's numbers", () => expect(describeFailure(engineError(6, 6007)).reference).toBe("player 6/6007"));

  it("does not offer a retry where none can help", () => {
    expect(describeFailure(engineError(4, 4032)).retryable).toBe(false);
    expect(describeFailure(new ApiProblem("refused", 404, { title: "No such title", detail: "Gone." })).retryable).toBe(false);
  });

  it("speaks with the service's words when the service refused", () => {
    const problem = new ApiProblem("refused", 409, { title: "Nothing to play yet", detail: "Wait a moment.", code: "not-playable", trace_id: "abc" });
    expect(describeFailure(problem)).toEqual({ title: "Nothing to play yet", sentence: "Wait a moment.", reference: "not-playable · abc", retryable: true, problem });
  });

  it("has words for anything else", () => {
    for (const thrown of [undefined, null, "boom", 7, new TypeError("x"), {}]) {
      expect(describeFailure(thrown).sentence).not.toBe("");
    }
  });
});

describe("what kind of error it is", () => {
  it("knows the network, and an address that has run out", () => {
    expect(isNetworkError(engineError(1, 1002))).toBe(true);
    expect(isNetworkError(engineError(3, 3016))).toBe(false);
    expect(isExpiredAddress(engineError(1, 1001, ["http://edge/x", 403]))).toBe(true);
    expect(isExpiredAddress(engineError(1, 1001, ["http://edge/x", 404]))).toBe(false);
    expect(isExpiredAddress(engineError(1, 1002, ["http://edge/x", 403]))).toBe(false);
  });

  it("knows an interruption", () => {
    expect(isInterruption(engineError(7, 7000))).toBe(true);
    expect(isInterruption(new Error("7000"))).toBe(false);
  });
});
