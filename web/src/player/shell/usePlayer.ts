import { useEffect, useState, useSyncExternalStore, type RefObject } from "react";

import type { StreamGrant } from "@/api/types";
import { MatineePlayer } from "@/player/core/engine";
import { describeFailure, type PlaybackFailure } from "@/player/core/failures";
import { loadShaka } from "@/player/core/shaka";
import { initialState, type PlayerState, type Protocol } from "@/player/core/state";

export type PlayerSource = {
  titleId: string;
  protocol: Protocol;
  fetchGrant: () => Promise<StreamGrant>;
  start: StartAt;
};

/** Where to begin: where somebody stopped, or at the beginning. */
export type StartAt = "resume" | "beginning";

type Places = { video: RefObject<HTMLVideoElement | null>; captions: RefObject<HTMLElement | null> };

export type Boot = { player: MatineePlayer | null; failure: PlaybackFailure | null; again: () => void };

/** A media element is handed from one engine to the next only when the first has let go of it. */
let letGo: Promise<void> = Promise.resolve();

type Booted = { engine: MatineePlayer; startSeconds: number };

async function bootEngine(source: PlayerSource, places: Places, isCurrent: () => boolean): Promise<Booted | null> {
  const [shaka, grant] = await Promise.all([loadShaka(), source.fetchGrant()]);
  await letGo;
  const video = places.video.current;
  const container = places.captions.current;
  if (!isCurrent() || video === null || container === null) return null;
  const engine = new MatineePlayer({ shaka, video, container, grant, fetchGrant: source.fetchGrant, protocol: source.protocol });
  return { engine, startSeconds: source.start === "beginning" ? 0 : (grant.resume_position_seconds ?? 0) };
}

/** Make the engine for a title, and let it go with the page. */
export function usePlayer(source: PlayerSource, places: Places): Boot {
  const [made, setMade] = useState<{ titleId: string; player: MatineePlayer } | null>(null);
  const [failure, setFailure] = useState<PlaybackFailure | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { titleId, protocol, fetchGrant, start } = source;

  useEffect(() => {
    let current = true;
    let booted: MatineePlayer | null = null;
    bootEngine({ titleId, protocol, fetchGrant, start }, places, () => current).then(
      (boot) => {
        if (boot === null) return;
        const { engine, startSeconds } = boot;
        booted = engine;
        // Before anybody is told where the film is, it has to know where it is heading for.
        void engine.start(startSeconds);
        setMade({ titleId, player: engine });
      },
      (error: unknown) => {
        if (current) setFailure(describeFailure(error));
      },
    );
    return () => {
      current = false;
      setMade(null);
      setFailure(null);
      if (booted !== null) letGo = booted.destroy().catch(() => undefined);
    };
  }, [titleId, protocol, fetchGrant, start, places, attempt]);

  // The engine of the title before is of no concern to this one, and must not be asked where it is.
  const player = made?.titleId === titleId ? made.player : null;
  return { player, failure, again: () => setAttempt((count) => count + 1) };
}

const nothing = (): (() => void) => () => undefined;
const waiting = initialState("dash");

/** Follow the state of a player; before there is one, the state is that of loading. */
export function usePlayerState(player: MatineePlayer | null): PlayerState {
  return useSyncExternalStore(player?.store.subscribe ?? nothing, player === null ? () => waiting : player.store.get);
}
