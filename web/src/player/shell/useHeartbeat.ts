import { useEffect } from "react";

import type { MatineePlayer } from "@/player/core/engine";
import { Heartbeat, type Pulse } from "@/player/core/heartbeat";

/** Beat while a player is open, and give the stream back with the page. A player that has failed rests until it plays again. */
export function useHeartbeat(player: MatineePlayer | null, titleId: string, failed: boolean, pulse: Pulse | null): void {
  useEffect(() => {
    if (player === null || pulse === null || failed) return;
    const heart = new Heartbeat(
      pulse,
      () => {
        const { currentTime, paused, buffering } = player.store.get();
        return { session_id: player.sessionId, movie_id: titleId, position_seconds: Math.max(0, Math.round(currentTime * 10) / 10), state: paused ? "paused" : buffering ? "buffering" : "playing" };
      },
      (failure) => void player.end(failure),
    );
    heart.start(player.beatMs);
    const leave = () => heart.stop();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      heart.stop();
    };
  }, [player, titleId, failed, pulse]);
}
