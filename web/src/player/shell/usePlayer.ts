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
};

type Places = { video: RefObject<HTMLVideoElement | null>; captions: RefObject<HTMLElement | null> };

export type Boot = { player: MatineePlayer | null; failure: PlaybackFailure | null; again: () => void };

/** A media element is handed from one engine to the next only when the first has let go of it. */
let letGo: Promise<void> = Promise.resolve();

async function bootEngine(source: PlayerSource, places: Places, isCurrent: () => boolean): Promise<MatineePlayer | null> {
  const [shaka, grant] = await Promise.all([loadShaka(), source.fetchGrant()]);
  await letGo;
  const video = places.video.current;
  const container = places.captions.current;
  if (!isCurrent() || video === null || container === null) return null;
  return new MatineePlayer({ shaka, video, container, grant, fetchGrant: source.fetchGrant, protocol: source.protocol });
}

/** Make the engine for a title, and let it go with the page. */
export function usePlayer(source: PlayerSource, places: Places): Boot {
  const [player, setPlayer] = useState<MatineePlayer | null>(null);
  const [failure, setFailure] = useState<PlaybackFailure | null>(null);
  const [attempt, setAttempt] = useState(0);
  const { titleId, protocol, fetchGrant } = source;

  useEffect(() => {
    let current = true;
    let made: MatineePlayer | null = null;
    bootEngine({ titleId, protocol, fetchGrant }, places, () => current).then(
      (engine) => {
        if (engine === null) return;
        made = engine;
        setPlayer(engine);
        void engine.start();
      },
      (error: unknown) => {
        if (current) setFailure(describeFailure(error));
      },
    );
    return () => {
      current = false;
      setPlayer(null);
      setFailure(null);
      if (made !== null) letGo = made.destroy().catch(() => undefined);
    };
  }, [titleId, protocol, fetchGrant, places, attempt]);

  return { player, failure, again: () => setAttempt((count) => count + 1) };
}

const nothing = (): (() => void) => () => undefined;
const waiting = initialState("dash");

/** Follow the state of a player; before there is one, the state is that of loading. */
export function usePlayerState(player: MatineePlayer | null): PlayerState {
  return useSyncExternalStore(player?.store.subscribe ?? nothing, player === null ? () => waiting : player.store.get);
}
