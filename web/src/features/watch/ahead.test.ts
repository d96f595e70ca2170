import { describe, expect, it } from "vitest";

import type { StreamGrant } from "@/api/types";

import { Ahead } from "./ahead";

function setUp() {
  const asked: { titleId: string; answer: (session: string) => void; refuse: () => void }[] = [];
  const given: string[] = [];
  const ahead = new Ahead(
    (titleId) => new Promise<StreamGrant>((resolve, reject) => asked.push({ titleId, answer: (session) => resolve({ session_id: session, title_id: titleId } as StreamGrant), refuse: () => reject(new Error("no")) })),
    (session) => {
      given.push(session);
      return Promise.resolve();
    },
  );
  return { ahead, asked, given };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("Ahead", () => {
  it("asks once, and hands the permission out once", async () => {
    const { ahead, asked } = setUp();
    ahead.fetch("e2");
    ahead.fetch("e2");
    expect(asked).toHaveLength(1);
    expect(ahead.sessionId()).toBeNull();
    asked[0]?.answer("s-2");
    await settled();
    ahead.fetch("e2");
    expect(ahead.sessionId()).toBe("s-2");
    expect((await ahead.take("e2"))?.session_id).toBe("s-2");
    expect(await ahead.take("e2")).toBeNull();
    expect(ahead.sessionId()).toBeNull();
    expect(asked).toHaveLength(1);
  });

  it("waits for the answer that is on its way rather than asking twice at once", async () => {
    const { ahead, asked } = setUp();
    ahead.fetch("e2");
    const taking = ahead.take("e2");
    asked[0]?.answer("s-2");
    expect((await taking)?.session_id).toBe("s-2");
  });

  it("hands nothing out for another title, nor after a refusal", async () => {
    const { ahead, asked } = setUp();
    ahead.fetch("e2");
    asked[0]?.answer("s-2");
    await settled();
    expect(await ahead.take("e9")).toBeNull();
    ahead.fetch("e3");
    asked[1]?.refuse();
    expect(await ahead.take("e3")).toBeNull();
  });

  it("leaves a stream that is not used to whoever plays, and gives back one that comes late", async () => {
    const { ahead, asked, given } = setUp();
    ahead.fetch("e2");
    asked[0]?.answer("s-2");
    await settled();
    expect(ahead.handsOver()).toBe(true);
    ahead.release();
    expect([ahead.handsOver(), ahead.sessionId(), given]).toEqual([false, "s-2", []]);
    expect(await ahead.take("e2")).toBeNull();
    ahead.fetch("e3");
    ahead.release();
    asked[1]?.answer("s-3");
    await settled();
    expect(given).toEqual(["s-3"]);
    expect(ahead.sessionId()).toBeNull();
  });
});
