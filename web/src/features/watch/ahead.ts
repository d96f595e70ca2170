import type { StreamGrant } from "@/api/types";

const KEEPS_MS = 5 * 60_000;

type Held = { titleId: string; grant: StreamGrant; atMs: number };

/**
 * The permission to play the next episode, asked for while the one before still plays.
 *
 * A browser has one place: the stream that is fetched ahead takes it over, and counts for both until the next episode
 * begins.
 */
export class Ahead {
  private held: Held | null = null;
  private asking: { titleId: string; answer: Promise<void> } | null = null;
  private released = false;
  private readonly open: (titleId: string) => Promise<StreamGrant>;
  private readonly giveBack: (sessionId: string) => Promise<void>;

  constructor(open: (titleId: string) => Promise<StreamGrant>, giveBack: (sessionId: string) => Promise<void>) {
    this.open = open;
    this.giveBack = giveBack;
  }

  readonly sessionId = (): string | null => this.held?.grant.session_id ?? null;

  /** Ends when a stream that was asked for is known: the service has given it the place before we hear of it. */
  readonly settling = (): Promise<void> | null => this.asking?.answer ?? null;

  /** Ask once; that it cannot be had now is no harm, as playing asks again. */
  fetch(titleId: string): void {
    if (this.asking?.titleId === titleId || this.held?.titleId === titleId) return;
    this.released = false;
    const asking = { titleId, answer: Promise.resolve() };
    asking.answer = this.open(titleId).then(
      (grant) => {
        if (this.asking === asking) this.held = { titleId, grant, atMs: Date.now() };
        else this.giveBack(grant.session_id).catch(() => undefined);
      },
      () => undefined,
    ).finally(() => {
      if (this.asking === asking) this.asking = null;
    });
    this.asking = asking;
  }

  /** Hand out the permission for a title, once, waiting for one that is on its way; null when there is none that is fresh. */
  async take(titleId: string): Promise<StreamGrant | null> {
    // Two that are asked for at once would push each other out of the one place there is.
    if (this.asking?.titleId === titleId) await this.asking.answer;
    const { held } = this;
    this.forget();
    const fresh = held?.titleId === titleId && Date.now() - held.atMs < KEEPS_MS;
    return fresh && !this.released ? held.grant : null;
  }

  /** Whether the next episode goes on with the stream, so that whoever plays now must not give it back. */
  readonly handsOver = (): boolean => this.held !== null && !this.released;

  /** The next episode does not begin now: the stream is given back by whoever plays, as its own. */
  readonly release = (): void => {
    this.asking = null;
    this.released = true;
  };

  private forget(): void {
    this.held = null;
    this.asking = null;
  }
}
