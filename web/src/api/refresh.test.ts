import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { call } from "./http";
import { wasSignedIn } from "./refresh";
import { getSession } from "./session";

type Answer = { status: number; body: unknown };

let asked: string[];
let answers: Map<string, Answer[]>;

function answer(path: string, ...list: Answer[]): void {
  answers.set(path, list);
}

const expired: Answer = { status: 401, body: { code: "session-expired" } };
const fine: Answer = { status: 200, body: { fine: true } };
const stranger: Answer = { status: 200, body: { role: "stranger", account: null } };
const member: Answer = { status: 200, body: { role: "member", account: { account_id: "a" } } };

beforeEach(() => {
  asked = [];
  answers = new Map();
  localStorage.clear();
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path.replace("/api/v1/", ""));
    const list = answers.get(path.replace("/api/v1/", "")) ?? [];
    const next = list.length > 1 ? list.shift() : list[0];
    return Promise.resolve(new Response(JSON.stringify(next?.body ?? {}), { status: next?.status ?? 404 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("a call with a stale token", () => {
  it("renews once and asks again", async () => {
    answer("thing", expired, fine);
    answer("session/refresh", member);
    await expect(call("/api/v1/thing")).resolves.toEqual({ fine: true });
    expect(asked).toEqual(["thing", "session/refresh", "thing"]);
  });

  it("renews once for many calls at the same time", async () => {
    answer("thing", expired, expired, expired, fine);
    answer("session/refresh", member);
    vi.spyOn(Date, "now").mockReturnValueOnce(1).mockReturnValueOnce(1).mockReturnValueOnce(1);
    await Promise.all([call("/api/v1/thing"), call("/api/v1/thing"), call("/api/v1/thing")]);
    expect(asked.filter((path) => path === "session/refresh")).toHaveLength(1);
    vi.restoreAllMocks();
  });

  it("gives up when the session is over, and never goes in circles", async () => {
    answer("thing", expired);
    answer("session/refresh", { status: 401, body: { code: "session-ended" } });
    await expect(call("/api/v1/thing")).rejects.toMatchObject({ code: "session-expired" });
    expect(asked).toEqual(["thing", "session/refresh"]);
    expect(wasSignedIn()).toBe(false);
  });

  it("leaves a stranger's refusal alone", async () => {
    answer("thing", { status: 401, body: { code: "unauthenticated" } });
    await expect(call("/api/v1/thing")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(asked).toEqual(["thing"]);
  });
});

describe("asking who is here", () => {
  it("does not renew for a browser that never signed in", async () => {
    answer("session", stranger);
    expect((await getSession()).role).toBe("stranger");
    expect(asked).toEqual(["session"]);
  });

  it("renews when the cookie went with its time", async () => {
    answer("session", member, stranger, member);
    answer("session/refresh", member);
    await getSession();
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    expect((await getSession()).role).toBe("member");
    expect(asked).toEqual(["session", "session", "session/refresh", "session"]);
    vi.restoreAllMocks();
  });

  it("keeps no token where scripts can read", async () => {
    answer("session", member);
    await getSession();
    expect(Object.keys(localStorage)).toEqual(["matinee-signed-in"]);
    expect(Number(localStorage.getItem("matinee-signed-in"))).toBeGreaterThan(1e12);
  });
});
