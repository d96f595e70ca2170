import { useEffect } from "react";

import type { MatineePlayer } from "@/player/core/engine";
import { Heartbeat, type Beat, type BeatState, type Pulse } from "@/player/core/heartbeat";
import type { PlayerState } from "@/player/core/state";

/** The stream of the next film, fetched ahead: it has taken the place of the one that plays. */
export type AheadStream = {
  /** Its session; null without one. */
  sessionId: () => string | null;
  /** Ends when one that was asked for is known; null while none is. */
  settling: () => Promise<void> | null;
  /** Whether the next film goes on with it. */
  handsOver: () => boolean;
  /** The next film does not begin now. */
  release: () => void;
};

export type HeartbeatOptions = {
  titleId: string;
  /** `resting`: nothing plays that the service should keep a place for. */
  activity: "beating" | "resting";
  pulse: Pulse | null;
  ahead: AheadStream;
  /** Milliseconds since 1970, by the service's clock as far as it is known. */
  now: () => number;
};

const SEEK_SETTLES_MS = 300;

function stateOf({ phase, paused, buffering }: PlayerState): BeatState {
  if (phase === "ended") return "ended";
  if (phase === "loading") return "buffering";
  if (paused) return "paused";
  return buffering ? "buffering" : "playing";
}

/** Tell when somebody pauses, goes on, comes to the end, or has found another place. Returns how to stop. */
function tellOfChanges(player: MatineePlayer, heart: Heartbeat): () => void {
  let before = stateOf(player.store.get());
  let settling: ReturnType<typeof setTimeout> | null = null;
  const unsubscribe = player.store.subscribe(() => {
    const now = stateOf(player.store.get());
    if (now === before) return;
    const worthTelling = now !== "buffering" && before !== "buffering";
    before = now;
    if (worthTelling) heart.tell();
  });
  const onSeeked = (): void => {
    if (settling !== null) clearTimeout(settling);
    settling = setTimeout(() => heart.tell(), SEEK_SETTLES_MS);
  };
  player.video.addEventListener("seeked", onSeeked);
  return () => {
    unsubscribe();
    player.video.removeEventListener("seeked", onSeeked);
    if (settling !== null) clearTimeout(settling);
  };
}

/** Tell when the page is hidden or closed, while there is time. Returns how to stop. */
function tellOfLeaving(player: MatineePlayer, heart: Heartbeat): () => void {
  const onHidden = (): void => {
    if (document.visibilityState === "hidden") heart.tell("leaving");
  };
  const onLeave = (): void => heart.stop("page-closes");
  const onReturn = (event: PageTransitionEvent): void => {
    if (!event.persisted) return;
    // The page was kept aside whole, but its stream was given back: ask for another.
    heart.start(player.beatMs);
    void player.retry();
  };
  document.addEventListener("visibilitychange", onHidden);
  window.addEventListener("pagehide", onLeave);
  window.addEventListener("pageshow", onReturn);
  return () => {
    document.removeEventListener("visibilitychange", onHidden);
    window.removeEventListener("pagehide", onLeave);
    window.removeEventListener("pageshow", onReturn);
  };
}

/** Beat while a player is open, and give the stream back with the page. A player that has failed rests until it plays again. */
export function useHeartbeat(player: MatineePlayer | null, options: HeartbeatOptions): void {
  const { titleId, activity, pulse, ahead, now } = options;
  useEffect(() => {
    if (player === null || pulse === null || activity === "resting") return;
    const read = (): Beat => ({
      session_id: ahead.sessionId() ?? player.sessionId,
      movie_id: titleId,
      position_seconds: Math.max(0, Math.round(player.position * 100) / 100),
      state: stateOf(player.store.get()),
      event_ms: Math.round(now()),
    });
    const heart = new Heartbeat(pulse, read, (failure) => void player.end(failure), ahead.settling);
    heart.start(player.beatMs);
    const stopTelling = [tellOfChanges(player, heart), tellOfLeaving(player, heart)];
    return () => {
      for (const stop of stopTelling) stop();
      heart.stop(ahead.handsOver() ? "hand-over" : "give-back");
    };
  }, [player, titleId, activity, pulse, ahead, now]);
}
