import type { SkipHabit } from "@/api/session";
import type { Marker, MarkerKind } from "@/api/types";

export type SkipHabits = Readonly<Record<MarkerKind, SkipHabit>>;

export const ASK_ALWAYS: SkipHabits = { intro: "ask", recap: "ask", credits: "ask" };

/** What is this close to the end of a part is over. */
const SLACK_SECONDS = 0.75;
/** A part counts as just begun for this long: whoever seeks into its middle wants to see it. */
const ENTRY_SECONDS = 2;
/** A film that goes on for this long after its credits has something to show there. */
const SCENE_SECONDS = 5;

/** The part that covers a moment; of several the one that began last. */
export function partAt(markers: readonly Marker[], seconds: number): Marker | null {
  const here = markers.filter((one) => one.starts_seconds <= seconds && seconds < one.ends_seconds - SLACK_SECONDS);
  return here.reduce<Marker | null>((best, one) => (best === null || one.starts_seconds >= best.starts_seconds ? one : best), null);
}

/** Names a part of a film, to remember what was decided about it. */
export function partKey(part: Marker): string {
  return `${part.kind}@${part.starts_seconds}`;
}

/** The part that may be skipped at a moment. */
export function partOffered(markers: readonly Marker[], seconds: number, habits: SkipHabits): Marker | null {
  const part = partAt(markers, seconds);
  return part === null || habits[part.kind] === "never" ? null : part;
}

/** The part that is to be skipped by itself: one that just begins. `kept` names those that were dealt with already. */
export function partToSkip(markers: readonly Marker[], seconds: number, habits: SkipHabits, kept: ReadonlySet<string>): Marker | null {
  const part = partAt(markers, seconds);
  if (part === null || habits[part.kind] !== "always" || kept.has(partKey(part))) return null;
  return seconds - part.starts_seconds < ENTRY_SECONDS ? part : null;
}

/** The credits that a film ends with, or null: those after which nothing comes that is worth waiting for. */
export function closingCredits(markers: readonly Marker[], durationSeconds: number): Marker | null {
  const credits = markers.filter((one) => one.kind === "credits" && one.starts_seconds < durationSeconds);
  return credits.find((one) => one.ends_seconds > durationSeconds - SCENE_SECONDS) ?? null;
}
