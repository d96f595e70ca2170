import { useEffect } from "react";

import { renewSession } from "@/api/refresh";
import { membershipOf, useSession } from "@/session/useSession";

const SHORTEST_MS = 30_000;
const USUAL_MS = 240_000;
const MARGIN_MS = 60_000;

/** How long until the session's cookies should be renewed: a minute before the access token ends, four minutes when that is not known. */
export function renewalMs(expiresAt: string | null, nowMs: number): number {
  const left = expiresAt === null ? Number.NaN : Date.parse(expiresAt) - nowMs - MARGIN_MS;
  return Number.isFinite(left) ? Math.min(Math.max(left, SHORTEST_MS), USUAL_MS) : USUAL_MS;
}

/** Keeps a member's session alive while a page is open: uploads and live lists cannot repeat a call by themselves. */
export function SessionKeeper() {
  const { data } = useSession();
  const member = membershipOf(data) === "member";
  const expiresAt = data?.expires_at ?? null;
  useEffect(() => {
    if (!member) return;
    let timer: ReturnType<typeof setTimeout>;
    const plan = (delay: number) => {
      timer = setTimeout(() => {
        const due = Date.now() - SHORTEST_MS;
        void renewSession(due).finally(() => plan(USUAL_MS));
      }, delay);
    };
    plan(renewalMs(expiresAt, Date.now()));
    return () => clearTimeout(timer);
  }, [member, expiresAt]);
  return null;
}
