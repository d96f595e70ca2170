import "./player.css";

import { useCallback, useEffect, useMemo, useRef, useState, type PointerEvent, type ReactNode, type RefObject } from "react";
import { Link } from "react-router";

import type { StreamGrant } from "@/api/types";
import type { MatineePlayer } from "@/player/core/engine";
import type { PlaybackFailure } from "@/player/core/failures";
import type { Pulse } from "@/player/core/heartbeat";
import type { Action } from "@/player/core/keymap";
import { publishMediaSession } from "@/player/core/mediaSession";
import { readPreferences, rememberPreference } from "@/player/core/preferences";
import type { PlayerState, Protocol } from "@/player/core/state";
import { Icon } from "@/ui/icons";
import { Button, LinkButton } from "@/ui/primitives";

import { Controls, type NextUp } from "./Controls";
import { HelpSheet } from "./HelpSheet";
import { Statistics } from "./Statistics";
import { useHeartbeat } from "./useHeartbeat";
import { useIdle } from "./useIdle";
import { useKeys } from "./useKeys";
import { usePlayer, usePlayerState } from "./usePlayer";

export type PlayerViewProps = {
  titleId: string;
  name: string;
  context: string | null;
  artworkUrl: string | null;
  protocol: Protocol;
  fetchGrant: () => Promise<StreamGrant>;
  next: NextUp | null;
  backTo: string;
  /** How the service is kept told of where somebody is; null where it does not want to know. */
  pulse: Pulse | null;
  /** What helps against a refusal, in place of the usual; null for the usual. */
  wayOut: (failure: PlaybackFailure, retry: () => void) => ReactNode;
};

type FailureProps = { failure: PlaybackFailure; onRetry: () => void; backTo: string; wayOut: PlayerViewProps["wayOut"] };

function Failure({ failure, onRetry, backTo, wayOut }: FailureProps) {
  const special = wayOut(failure, onRetry);
  if (special !== null) {
    return (
      <div className="player-cover" role="alert" data-testid="player-failure">
        {special}
      </div>
    );
  }
  return (
    <div className="player-cover" role="alert" data-testid="player-failure">
      <h2>{failure.title}</h2>
      <p>{failure.sentence}</p>
      <p className="player-reference">Reference: {failure.reference}</p>
      <div className="player-cover-actions">
        {failure.retryable && (
          <Button look="primary" onClick={onRetry}>
            Try again
          </Button>
        )}
        <LinkButton to={backTo} look="quiet">
          Back to the title
        </LinkButton>
      </div>
    </div>
  );
}

function Ended({ player, next, backTo }: { player: MatineePlayer; next: NextUp | null; backTo: string }) {
  return (
    <div className="player-cover">
      <h2>{next === null ? "The end" : "Up next"}</h2>
      <div className="player-cover-actions">
        {next !== null && (
          <LinkButton to={next.to} look="primary" icon="play">
            {next.label}
          </LinkButton>
        )}
        <Button look={next === null ? "primary" : "quiet"} onClick={() => player.play()}>
          Watch again
        </Button>
        <LinkButton to={backTo} look="quiet">
          Back to the title
        </LinkButton>
      </div>
    </div>
  );
}

function BetterQuality({ player, state }: { player: MatineePlayer; state: PlayerState }) {
  if (state.betterReady) {
    return (
      <div className="player-better" role="status">
        <span>Better quality has arrived.</span>
        <Button look="primary" small onClick={() => void player.useBetter()}>
          Switch now
        </Button>
      </div>
    );
  }
  return state.complete ? null : (
    <p className="player-better" role="status">
      Better quality is on its way.
    </p>
  );
}

function useFullscreen(frame: RefObject<HTMLElement | null>): { fullscreen: "full" | "window"; toggle: () => void } {
  const [fullscreen, setFullscreen] = useState<"full" | "window">("window");
  useEffect(() => {
    const onChange = () => setFullscreen(document.fullscreenElement === null ? "window" : "full");
    document.addEventListener("fullscreenchange", onChange);
    return () => document.removeEventListener("fullscreenchange", onChange);
  }, []);
  const toggle = () => {
    const done = document.fullscreenElement === null ? frame.current?.requestFullscreen() : document.exitFullscreen();
    done?.catch(() => setFullscreen("window"));
  };
  return { fullscreen, toggle };
}

function togglePictureInPicture(video: HTMLVideoElement): void {
  const done: Promise<unknown> = document.pictureInPictureElement === null ? video.requestPictureInPicture() : document.exitPictureInPicture();
  // Refused where the system has no such window; the film goes on in the page.
  done.catch(() => undefined);
}

function steer(player: MatineePlayer, action: Action): void {
  if (action.kind === "toggle-play") player.togglePlay();
  else if (action.kind === "seek-by") player.seekBy(action.seconds);
  else if (action.kind === "seek-to-fraction") player.seek(action.fraction * player.store.get().duration);
  else if (action.kind === "volume-by") player.setVolume(player.video.volume + action.step);
  else if (action.kind === "toggle-mute") player.toggleMute();
  else if (action.kind === "toggle-subtitles") player.toggleSubtitles();
  else if (action.kind === "speed-step") player.stepSpeed(action.direction);
  else if (action.kind === "frame-step") player.stepFrame(action.direction);
  else if (action.kind === "toggle-picture-in-picture") togglePictureInPicture(player.video);
}

/** The whole player: picture, captions, controls, and what lies over them. */
export function PlayerView({ titleId, name, context, artworkUrl, protocol, fetchGrant, next, backTo, pulse, wayOut }: PlayerViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const captions = useRef<HTMLDivElement>(null);
  const places = useMemo(() => ({ video, captions }), []);
  const { player, failure: bootFailure, again } = usePlayer({ titleId, protocol, fetchGrant }, places);
  const state = usePlayerState(player);
  const [help, setHelp] = useState<"shown" | "hidden">("hidden");
  const [statistics, setStatistics] = useState<"shown" | "hidden">("hidden");
  const [menu, setMenu] = useState<"open" | "closed">("closed");
  const [shortcuts, setShortcuts] = useState(() => readPreferences(window.localStorage).characterShortcuts);
  const { fullscreen, toggle: toggleFullscreen } = useFullscreen(frame);
  const failure = bootFailure ?? state.failure;
  useHeartbeat(player, titleId, failure !== null, pulse);
  const held = state.paused || menu === "open" || help === "shown" || failure !== null;
  const { awake, stir, sleep } = useIdle(held ? "hold" : "release");

  useEffect(() => {
    if (player === null) return;
    return publishMediaSession(player, { title: name, artist: context ?? "Matinee", artworkUrl });
  }, [player, name, context, artworkUrl]);

  const act = useCallback(
    (action: Action) => {
      if (action.kind === "toggle-help") setHelp((before) => (before === "shown" ? "hidden" : "shown"));
      else if (action.kind === "toggle-statistics") setStatistics((before) => (before === "shown" ? "hidden" : "shown"));
      else if (action.kind === "toggle-fullscreen") toggleFullscreen();
      else if (player !== null) steer(player, action);
    },
    [player, toggleFullscreen],
  );
  useKeys({
    characterShortcuts: shortcuts,
    act,
    enter: () => frame.current?.querySelector<HTMLElement>("[data-play]")?.focus(),
    leave: () => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : undefined),
  });

  const onSurface = (event: PointerEvent) => {
    // A finger asks for the controls; a mouse has them already and means play or pause.
    if (event.pointerType === "mouse") player?.togglePlay();
    else if (awake) sleep();
    else stir("pointer");
  };
  const changeShortcuts = (to: "on" | "off") => {
    rememberPreference(window.localStorage, { characterShortcuts: to });
    setShortcuts(to);
  };

  return (
    <div ref={frame} className={awake ? "player" : "player player-idle"} data-phase={state.phase} data-testid="player" onPointerMove={(event) => event.pointerType === "mouse" && stir("pointer")}>
      <video ref={video} className="player-video" playsInline aria-label={name} />
      <div ref={captions} className="player-captions" />
      <div className="player-surface" onPointerUp={onSurface} onDoubleClick={toggleFullscreen} />
      {state.phase === "loading" && failure === null && <div className="player-loading" role="status"><span className="visually-hidden">Loading the film</span></div>}
      <div className="player-chrome" data-chrome="">
        <div className="player-top">
          <Link to={backTo} className="player-button" aria-label="Back to the title" title="Back to the title">
            <Icon name="left" />
          </Link>
          <div className="player-names">
            <h1 tabIndex={-1}>{name}</h1>
            {context !== null && <p>{context}</p>}
          </div>
          {player !== null && <BetterQuality player={player} state={state} />}
        </div>
        {player !== null && failure === null && <Controls player={player} state={state} next={next} fullscreen={fullscreen} act={act} onMenu={setMenu} />}
      </div>
      <div className="player-notice" role="status">
        {state.notice}
      </div>
      {player !== null && statistics === "shown" && <Statistics player={player} onClose={() => setStatistics("hidden")} />}
      {player !== null && state.phase === "ended" && failure === null && <Ended player={player} next={next} backTo={backTo} />}
      {failure !== null && <Failure failure={failure} backTo={backTo} wayOut={wayOut} onRetry={() => (player === null || bootFailure !== null ? again() : void player.retry())} />}
      {help === "shown" && <HelpSheet characterShortcuts={shortcuts} onChange={changeShortcuts} onClose={() => setHelp("hidden")} />}
    </div>
  );
}
