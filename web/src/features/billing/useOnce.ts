import { useRef } from "react";

import { ApiProblem } from "@/api/problem";

/** Whether the answer leaves open what was done: then the same wish is sent again under the same key. */
export function isUndecided(error: unknown): boolean {
  return error instanceof ApiProblem && (error.kind !== "refused" || error.code === "idempotency-in-progress");
}

function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Returns what runs a wish under an idempotency key. A wish whose answer was lost keeps its key, so that pressing the
 * button again cannot pay twice; any decided answer ends it. `wish` says what is wanted: another one gets another key.
 */
export function useOnce(): <T>(wish: string, action: (key: string) => Promise<T>) => Promise<T> {
  const open = useRef<{ wish: string; key: string } | null>(null);
  return async (wish, action) => {
    if (open.current?.wish !== wish) open.current = { wish, key: freshKey() };
    try {
      const answer = await action(open.current.key);
      open.current = null;
      return answer;
    } catch (error) {
      if (!isUndecided(error)) open.current = null;
      throw error;
    }
  };
}
