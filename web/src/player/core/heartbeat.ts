import type { PlaybackFailure } from "./failures";

/** Where somebody is in a film, told to the service every few seconds and whenever it matters: it keeps the stream theirs, and their place. */

export type BeatState = "playing" | "paused" | "buffering" | "ended";
export type Beat = { session_id: string; movie_id: string; position_seconds: number; state: BeatState; event_ms: number };

/** Whether a report may take its time, or has to outlive the page. */
export type Haste = "staying" | "leaving";

export type Pulse = {
  /** Tell the service; rejects when it does not answer, or refuses. */
  report: (beat: Beat, haste: Haste) => Promise<void>;
  /** Give the stream back. */
  end: (sessionId: string) => Promise<void>;
  /** The words for a refusal that ends playing; null for a failure that passes. */
  endingOf: (error: unknown) => PlaybackFailure | null;
};

/** What becomes of the stream when a player goes: it is given back, or the next film goes on with it. */
export type Parting = "page-closes" | "give-back" | "hand-over";

export const BEAT_MS = 4_000;

/** Beats while a film is open; a beat that fails is followed by the next one, a refusal ends it. */
export class Heartbeat {
  private readonly pulse: Pulse;
  private readonly read: () => Beat;
  private readonly ended: (failure: PlaybackFailure) => void;
  private readonly settling: () => Promise<void> | null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private current: string | null = null;
  private underway = false;
  private again = false;

  /** `settling`: ends once a stream that takes the place of this one is known, null while none is on its way. */
  constructor(pulse: Pulse, read: () => Beat, ended: (failure: PlaybackFailure) => void, settling: () => Promise<void> | null = () => null) {
    this.pulse = pulse;
    this.read = read;
    this.ended = ended;
    this.settling = settling;
  }

  start(periodMs: number = BEAT_MS): void {
    if (this.timer !== null) return;
    this.timer = setInterval(() => void this.beat(), Math.min(periodMs, BEAT_MS));
    void this.beat();
  }

  /** Tell at once, because something has changed; what changes while an answer is awaited is told right after it. */
  tell(haste: Haste = "staying"): void {
    if (this.timer === null) return;
    if (haste === "leaving") void this.send(haste);
    else if (this.underway) this.again = true;
    else void this.beat();
  }

  /** Tell now; one at a time, so that a slow answer never lets beats pile up. */
  async beat(): Promise<void> {
    if (this.underway) return;
    this.underway = true;
    this.again = false;
    try {
      await this.send("staying");
    } finally {
      this.underway = false;
    }
    if (this.wantsAgain()) await this.beat();
  }

  /** Whether something has changed while the last answer was awaited. */
  private wantsAgain(): boolean {
    return this.again && this.timer !== null;
  }

  /** Stop beating without giving the stream back: it is not ours any more. */
  pause(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** Stop with a last word of where it stopped, and give the stream back if it was ours to the end. */
  stop(parting: Parting = "give-back"): void {
    if (this.timer === null) return;
    this.pause();
    const told = this.send("leaving");
    if (parting === "hand-over") return;
    const session = this.current ?? this.read().session_id;
    const giveBack = (): void => {
      this.pulse.end(session).catch(() => undefined);
    };
    // A page that closes gets no answers any more: both go out together.
    if (parting === "page-closes") giveBack();
    else void told.then(giveBack);
  }

  private async send(haste: Haste): Promise<void> {
    const beat = this.read();
    const former = this.current;
    this.current = beat.session_id;
    // A fresh grant may be a stream of its own; the one before it is not watched any more.
    if (former !== null && former !== beat.session_id) this.pulse.end(former).catch(() => undefined);
    try {
      await this.pulse.report(beat, haste);
    } catch (error) {
      const failure = this.pulse.endingOf(error);
      if (failure === null) return;
      await this.settling();
      // An answer about a former stream says nothing of the one that plays.
      if (this.timer === null || this.current !== beat.session_id || this.read().session_id !== beat.session_id) return;
      this.pause();
      this.ended(failure);
    }
  }
}
