import type { Marker } from "@/api/types";

import { closingCredits } from "./skipping";

/** When the next episode is offered, and when it begins by itself. */

const LAST_SECONDS = 15;
const LARGEST_PART = 0.25;
const COUNTDOWN_MS = 10_000;
const SHORT_COUNTDOWN_MS = 5_000;

/** Where the end of a film begins: its credits, else the last quarter of a minute, less of a short film. */
export function endBegins(markers: readonly Marker[], durationSeconds: number): number {
  const credits = closingCredits(markers, durationSeconds);
  return credits?.starts_seconds ?? durationSeconds - Math.min(LAST_SECONDS, durationSeconds * LARGEST_PART);
}

export type Moment = { seconds: number; duration: number; playing: boolean; ended: boolean };
export type UpNextPhase = "hidden" | "offered" | "due";
export type UpNextView = { phase: UpNextPhase; leftMs: number | null };

export const HIDDEN: UpNextView = { phase: "hidden", leftMs: null };

/**
 * How the end of a film is dealt with: `countdown` goes on by itself, `brief` sooner, `after` only once all credits were
 * shown, `wait` only when asked to.
 */
export type EndHabit = "countdown" | "brief" | "after" | "wait";

/** Counts down over the credits. Without credits known nothing is cut off: the countdown ends with the film. */
export class UpNext {
  private shownMs = 0;
  private leftMs: number | null = null;
  private turnedDown: "no" | "credits" | "all" = "no";
  private readonly markers: readonly Marker[];
  private readonly habit: EndHabit;

  constructor(markers: readonly Marker[], habit: EndHabit) {
    this.markers = markers;
    this.habit = habit;
  }

  /** Somebody wants to see the credits, or, when the film is over, nothing more. */
  decline(ended: boolean): void {
    this.turnedDown = ended ? "all" : "credits";
    this.leftMs = null;
    this.shownMs = 0;
  }

  /** Let time pass; a film that stands still does not count down. */
  tick(now: Moment, elapsedMs: number): UpNextView {
    if (!this.atEnd(now)) return this.forget();
    if (this.turnedDown === "credits" && !now.ended) return HIDDEN;
    if (this.turnedDown !== "no" || this.habit === "wait") return { phase: "offered", leftMs: null };
    return this.count(now, elapsedMs);
  }

  private atEnd(now: Moment): boolean {
    if (now.ended) return true;
    return this.habit !== "after" && now.duration > 0 && now.seconds >= endBegins(this.markers, now.duration);
  }

  private count(now: Moment, elapsedMs: number): UpNextView {
    const credits = closingCredits(this.markers, now.duration);
    if (credits === null && !now.ended) this.leftMs = (now.duration - now.seconds) * 1000;
    else this.leftMs ??= this.wholeMs(now);
    if (now.playing || now.ended) this.shownMs += elapsedMs;
    if ((now.playing && credits !== null) || now.ended) this.leftMs -= elapsedMs;
    if (now.ended) this.leftMs = Math.min(this.leftMs, SHORT_COUNTDOWN_MS - this.shownMs);
    const leftMs = Math.max(0, this.leftMs);
    return { phase: leftMs === 0 && (now.ended || credits !== null) ? "due" : "offered", leftMs };
  }

  private forget(): UpNextView {
    this.turnedDown = "no";
    this.leftMs = null;
    this.shownMs = 0;
    return HIDDEN;
  }

  private wholeMs(now: Moment): number {
    const remaining = (now.duration - now.seconds) * 1000;
    if (now.ended) return SHORT_COUNTDOWN_MS;
    return Math.min(this.habit === "brief" ? SHORT_COUNTDOWN_MS : COUNTDOWN_MS, Math.max(remaining, SHORT_COUNTDOWN_MS));
  }
}
