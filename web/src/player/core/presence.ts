/** Whether somebody is still there while one episode follows another by itself. */

export const EPISODES_UNATTENDED = 3;
export const UNATTENDED_MS = 90 * 60_000;

export class Presence {
  private signAt: number;
  private episodes = 0;

  constructor(nowMs: number) {
    this.signAt = nowMs;
  }

  /** Somebody touched something. */
  sign(nowMs: number): void {
    this.signAt = nowMs;
    this.episodes = 0;
  }

  /** An episode is over and the next would begin by itself. Returns whether to ask first. */
  finished(nowMs: number): boolean {
    this.episodes += 1;
    return this.episodes >= EPISODES_UNATTENDED || nowMs - this.signAt >= UNATTENDED_MS;
  }
}
