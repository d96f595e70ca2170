import type { PlaybackFailure } from "./failures";

/** Where somebody is in a film, told to the service every few seconds: it keeps the stream theirs. */

export type Beat = { session_id: string; movie_id: string; position_seconds: number; state: "playing" | "paused" | "buffering" };

export type Pulse = {
  /** Tell the service; rejects when it does not answer, or refuses. */
  report: (beat: Beat) => Promise<void>;
  /** Give the stream back. */
  end: (sessionId: string) => Promise<void>;
  /** The words for a refusal that ends playing; null for a failure that passes. */
  endingOf: (error: unknown) => PlaybackFailure | null;
};

export const BEAT_MS = 4_000;

/** Beats while a film is open; a beat that fails is followed by the next one, a refusal ends it. */
export class Heartbeat {
  private readonly pulse: Pulse;
  private readonly read: () => Beat;
  private readonly ended: (failure: PlaybackFailure) => void;
  private timer: ReturnType<typeof setInterval> | null = null;
  private current: string | null = null;
  private underway = false;

  constructor(pulse: Pulse, read: () => Beat, ended: (failure: PlaybackFailure) => void) {
    this.pulse = pulse;
    this.read = read;
    this.ended = ended;
  }

  start(periodMs: number = BEAT_MS): void {
    if (this.timer !== null) return;
    this.timer = setInterval(() => void this.beat(), periodMs);
    void this.beat();
  }

  /** Tell now; one at a time, so that a slow answer never lets beats pile up. */
  async beat(): Promise<void> {
    if (this.underway) return;
    this.underway = true;
    const beat = this.read();
    const former = this.current;
    this.current = beat.session_id;
    // A fresh grant may be a stream of its own; the one before it is not watched any more.
    if (former !== null && former !== beat.session_id) this.pulse.end(former).catch(() => undefined);
    try {
      await this.pulse.report(beat);
    } catch (error) {
      const failure = this.pulse.endingOf(error);
      if (failure !== null && this.timer !== null) {
        this.pause();
        this.ended(failure);
      }
    } finally {
      this.underway = false;
    }
  }

  /** Stop beating without giving the stream back: it is not ours any more. */
  pause(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** Stop, and give the stream back if it was ours to the end. */
  stop(): void {
    const ours = this.timer !== null;
    this.pause();
    if (ours) this.pulse.end(this.current ?? this.read().session_id).catch(() => undefined);
  }
}
