import { afterEach, describe, expect, it, vi } from "vitest";

import { call, query } from "./http";
import { ApiProblem, problemFromResponse, retryDelayMs, shouldRetry } from "./problem";

function answer(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("problemFromResponse", () => {
  it("keeps what the service says", async () => {
    const body = { type: "/problems/title-not-found", title: "No such title", status: 404, detail: "There is none.", code: "title-not-found", trace_id: "t1", limit: 3 };
    const problem = await problemFromResponse(answer(404, JSON.stringify(body)));
    expect(problem).toMatchObject({ kind: "refused", status: 404, code: "title-not-found", title: "No such title", message: "There is none.", traceId: "t1" });
    expect(problem.facts.limit).toBe(3);
  });

  it.each(["", "<html>Bad gateway</html>", "[]", "null", '"text"'])("makes a usable sentence of %j", async (text) => {
    const problem = await problemFromResponse(answer(502, text));
    expect(problem.kind).toBe("fault");
    expect(problem.message).toContain("502");
  });
});

describe("retrying", () => {
  const problem = (kind: ApiProblem["kind"], status: number, after: number | null = null) => new ApiProblem(kind, status, {}, after);

  it("tries faults, time-outs and lost connections again, twice", () => {
    for (const passing of [problem("fault", 503), problem("timeout", 0), problem("offline", 0), problem("refused", 429)]) {
      expect([0, 1, 2].map((count) => shouldRetry(count, passing))).toEqual([true, true, false]);
    }
  });

  it("does not repeat what was refused", () => {
    for (const status of [400, 401, 403, 404, 409, 422]) expect(shouldRetry(0, problem("refused", status))).toBe(false);
  });

  it("waits as long as it is told, within reason", () => {
    expect(retryDelayMs(0, problem("fault", 503, 2))).toBe(2000);
    expect(retryDelayMs(0, problem("fault", 503, 86_400))).toBe(30_000);
    expect(retryDelayMs(0, problem("fault", 503))).toBe(500);
    expect(retryDelayMs(9, problem("fault", 503))).toBe(8000);
  });
});

describe("call", () => {
  it("turns a lost connection and a time-out into problems", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(call("/x")).rejects.toMatchObject({ kind: "offline" });
    vi.stubGlobal("fetch", () => Promise.reject(new DOMException("late", "TimeoutError")));
    await expect(call("/x")).rejects.toMatchObject({ kind: "timeout" });
  });

  it("leaves the caller's own abort an abort", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new DOMException("stop", "AbortError")));
    await expect(call("/x")).rejects.toMatchObject({ name: "AbortError" });
  });

  it("sends JSON and reads JSON", async () => {
    const sent = vi.fn(() => Promise.resolve(answer(200, '{"ok":true}')));
    vi.stubGlobal("fetch", sent);
    await expect(call("/x", { method: "PATCH", json: { a: 1 } })).resolves.toEqual({ ok: true });
    expect(sent).toHaveBeenCalledWith("/x", expect.objectContaining({ method: "PATCH", body: '{"a":1}' }));
  });
});

describe("query", () => {
  it("leaves out what is absent and escapes the rest", () => {
    expect(query({ a: null, b: undefined, c: "" })).toBe("");
    expect(query({ q: "a&b", limit: 5 })).toBe("?q=a%26b&limit=5");
  });
});
