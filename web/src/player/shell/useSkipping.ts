import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { Marker } from "@/api/types";
import type { MatineePlayer } from "@/player/core/engine";
import { closingCredits, partKey, partOffered, partToSkip, type SkipHabits } from "@/player/core/skipping";
import type { PlayerState } from "@/player/core/state";

export type Skipping = {
  /** The part that may be skipped now. */
  offer: Marker | null;
  /** What was just skipped by itself. */
  skipped: Marker | null;
  skip: () => void;
  watchIt: () => void;
  forget: () => void;
};

/** Intros, recaps and credits: offered, skipped with a way back, or left alone. */
export function useSkipping(player: MatineePlayer | null, state: PlayerState, habits: SkipHabits, hasNext: boolean): Skipping {
  const { markers, duration } = state;
  // The credits that end an episode belong to the card of the next one.
  const parts = useMemo(() => {
    const closing = hasNext ? closingCredits(markers, duration) : null;
    return markers.filter((one) => one !== closing);
  }, [markers, duration, hasNext]);
  const kept = useRef(new WeakMap<MatineePlayer, Set<string>>());
  const [skipped, setSkipped] = useState<{ part: Marker; player: MatineePlayer } | null>(null);

  useEffect(() => {
    if (player === null) return;
    const keep = kept.current.get(player) ?? new Set<string>();
    kept.current.set(player, keep);
    return player.store.subscribe(() => {
      const { currentTime, phase, paused } = player.store.get();
      if (phase !== "ready" || paused) return;
      const part = partToSkip(parts, currentTime, habits, keep);
      if (part === null) return;
      keep.add(partKey(part));
      setSkipped({ part, player });
      player.seek(part.ends_seconds);
    });
  }, [player, parts, habits]);

  const offer = player !== null && state.phase === "ready" ? partOffered(parts, state.currentTime, habits) : null;
  const skip = useCallback(() => {
    if (offer !== null) player?.seek(offer.ends_seconds);
  }, [offer, player]);
  const watchIt = useCallback(() => {
    if (skipped === null || player === null) return;
    setSkipped(null);
    player.seek(skipped.part.starts_seconds);
    player.play();
  }, [skipped, player]);
  const forget = useCallback(() => setSkipped(null), []);
  return { offer, skipped: skipped?.player === player ? skipped.part : null, skip, watchIt, forget };
}
