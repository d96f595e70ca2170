import type { StreamGrant } from "@/api/types";

export type GrantEvents = {
  /** The same release with fresh addresses and a fresh licence token. */
  renewed: (grant: StreamGrant) => void;
  /** Another release has taken its place and the old one's addresses are about to end. */
  replaced: (grant: StreamGrant) => void;
  /** Every quality is there now. */
  completed: (grant: StreamGrant) => void;
};

const RENEW_RETRY_MS = 5_000;
const COMPLETE_POLL_MS = 10_000;
const LONGEST_TIMER_MS = 2_000_000_000;
const SMALLEST_MARGIN_MS = 20_000;

/** Milliseconds from `now` until a grant should be renewed: a fifth of its life, at least 20 s, before it ends. */
export function renewalDelayMs(expiresAt: string, nowMs: number): number {
  const left = Date.parse(expiresAt) - nowMs;
  if (!Number.isFinite(left)) return LONGEST_TIMER_MS;
  return Math.min(Math.max(left - Math.max(left / 5, SMALLEST_MARGIN_MS), 0), LONGEST_TIMER_MS);
}

/** Keeps the permission to play alive while somebody watches. */
export class GrantKeeper {
  private renewTimer: ReturnType<typeof setTimeout> | null = null;
  private completeTimer: ReturnType<typeof setTimeout> | null = null;
  private stopped = false;
  private readonly fetchGrant: () => Promise<StreamGrant>;
  private readonly events: GrantEvents;
  private held: StreamGrant;
  private newestSession: string;

  constructor(first: StreamGrant, fetchGrant: () => Promise<StreamGrant>, events: GrantEvents) {
    this.held = first;
    this.newestSession = first.session_id;
    this.fetchGrant = fetchGrant;
    this.events = events;
    this.schedule();
  }

  get grant(): StreamGrant {
    return this.held;
  }

  /** The stream that holds the browser's place: that of the newest grant, also of one that was only looked at. */
  get sessionId(): string {
    return this.newestSession;
  }

  /** Use another grant from now on, such as the one of a better release. */
  adopt(grant: StreamGrant): void {
    this.held = grant;
    this.newestSession = grant.session_id;
    this.schedule();
  }

  /** Ask for a fresh grant now; the events say what came of it. Errors are the caller's. */
  async renew(): Promise<StreamGrant> {
    const fresh = await this.fetchGrant();
    if (this.stopped) return fresh;
    const sameRelease = fresh.release_id === this.held.release_id;
    this.adopt(fresh);
    if (sameRelease) this.events.renewed(fresh);
    else this.events.replaced(fresh);
    return fresh;
  }

  stop(): void {
    this.stopped = true;
    this.clear();
  }

  private clear(): void {
    if (this.renewTimer !== null) clearTimeout(this.renewTimer);
    if (this.completeTimer !== null) clearTimeout(this.completeTimer);
  }

  private schedule(): void {
    this.clear();
    if (this.stopped) return;
    this.renewIn(renewalDelayMs(this.held.expires_at, Date.now()));
    if (!this.held.complete) this.pollIn(COMPLETE_POLL_MS);
  }

  private renewIn(delayMs: number): void {
    this.renewTimer = setTimeout(() => {
      this.renew().catch(() => {
        if (!this.stopped) this.renewIn(RENEW_RETRY_MS);
      });
    }, delayMs);
  }

  private pollIn(delayMs: number): void {
    this.completeTimer = setTimeout(() => {
      void this.poll();
    }, delayMs);
  }

  private async poll(): Promise<void> {
    try {
      const fresh = await this.fetchGrant();
      this.newestSession = fresh.session_id;
      if (this.stopped) return;
      if (fresh.complete) {
        this.events.completed(fresh);
        return;
      }
    } catch {
      // Being told later that better quality exists costs nothing; the film goes on.
    }
    if (!this.stopped) this.pollIn(COMPLETE_POLL_MS);
  }
}
