import { currentTranslator } from "@/i18n/store";

import { isNetworkError } from "./failures";

export type RecoveryHooks = {
  /** Ask for a fresh grant; rejects when there is none to be had. */
  renew: () => Promise<unknown>;
  /** Let the stream go on fetching. */
  resume: () => void;
  say: (notice: string) => void;
};

const MAX_RECOVERIES = 6;
const HEALTHY_SECONDS = 10;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8000;

/** Finds the way back to a film whose edges all failed in mid-play: the buffer plays on meanwhile. */
export class Recovery {
  private readonly hooks: RecoveryHooks;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private attempts = 0;
  private beganAt = 0;
  private stopped = false;

  constructor(hooks: RecoveryHooks) {
    this.hooks = hooks;
  }

  /** Try again after a while, longer each time. Returns false for what trying again does not help. */
  after(error: unknown, atSeconds: number): boolean {
    if (!isNetworkError(error) || this.attempts >= MAX_RECOVERIES) return false;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.attempts, LONGEST_DELAY_MS);
    this.attempts += 1;
    this.beganAt = atSeconds;
    this.hooks.say(currentTranslator().t("watch.say-recovering"));
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.attempt(), delay);
    return true;
  }

  /** The film has got to a position; well beyond the trouble it is forgotten. */
  reached(seconds: number): void {
    if (this.attempts > 0 && seconds > this.beganAt + HEALTHY_SECONDS) this.attempts = 0;
  }

  /** Forget former trouble. */
  reset(): void {
    this.attempts = 0;
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async attempt(): Promise<void> {
    try {
      await this.hooks.renew();
    } catch {
      // The old grant may still do; the stream itself says so in a moment.
    }
    if (!this.stopped) this.hooks.resume();
  }
}
