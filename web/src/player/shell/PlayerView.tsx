import "./player.css";

import { useCallback, useEffect, useMemo, useRef, useState, type PointerEvent, type ReactNode } from "react";
import { Link } from "react-router";

import type { StreamGrant } from "@/api/types";
import { useI18n } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import type { Pulse } from "@/player/core/heartbeat";
import type { Action } from "@/player/core/keymap";
import { publishMediaSession } from "@/player/core/mediaSession";
import { readPreferences, rememberPreference } from "@/player/core/preferences";
import type { SkipHabits } from "@/player/core/skipping";
import type { PlayerState, Protocol } from "@/player/core/state";
import { Icon } from "@/ui/icons";
import { Button } from "@/ui/primitives";

import { Controls, type NextUp } from "./Controls";
import { Ended, Failure, StillWatching, type WayOut } from "./Covers";
import { HelpSheet } from "./HelpSheet";
import { ResumedToast, SkipButton, SkippedToast } from "./Offers";
import { Statistics } from "./Statistics";
import { steer } from "./steer";
import { UpNextCard } from "./UpNextCard";
import { endHabit, useEnding } from "./useEnding";
import { useFullscreen } from "./useFullscreen";
import { useHeartbeat, type AheadStream } from "./useHeartbeat";
import { useIdle } from "./useIdle";
import { useKeys } from "./useKeys";
import { usePlayer, usePlayerState, type StartAt } from "./usePlayer";
import { useSkipping } from "./useSkipping";

/** What somebody wants the player to do by itself. */
export type Habits = { skip: SkipHabits; autoplay: "on" | "off" };

/** The next episode, and how to get there. */
export type Following = {
  next: NextUp | null;
  /** Get what it will need, ahead of time. */
  prepare: () => void;
  goOn: () => void;
  ahead: AheadStream;
};

export type PlayerViewProps = {
  titleId: string;
  name: string;
  /** What an episode belongs to; empty for a film. */
  seriesName: string;
  context: string | null;
  artworkUrl: string | null;
  protocol: Protocol;
  start: StartAt;
  fetchGrant: () => Promise<StreamGrant>;
  following: Following;
  habits: Habits;
  backTo: string;
  /** How the service is kept told of where somebody is; null where it does not want to know. */
  pulse: Pulse | null;
  /** Milliseconds since 1970, by the service's clock as far as it is known. */
  now: () => number;
  wayOut: WayOut;
  /** What to watch after the end. */
  afterwards: ReactNode;
};

function BetterQuality({ player, state }: { player: MatineePlayer; state: PlayerState }) {
  const { t } = useI18n();
  if (state.betterReady) {
    return (
      <div className="player-better" role="status">
        <span>{t("watch.better-here")}</span>
        <Button look="primary" small onClick={() => void player.useBetter()}>
          {t("watch.better-switch")}
        </Button>
      </div>
    );
  }
  return state.complete ? null : (
    <p className="player-better" role="status">
      {t("watch.better-coming")}
    </p>
  );
}

/** The whole player: picture, captions, controls, and what lies over them. */
export function PlayerView(props: PlayerViewProps) {
  const { titleId, name, context, artworkUrl, protocol, start, fetchGrant, following, habits, backTo, pulse, now, wayOut } = props;
  const { t } = useI18n();
  const { next } = following;
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const captions = useRef<HTMLDivElement>(null);
  const places = useMemo(() => ({ video, captions }), []);
  const { player, failure: bootFailure, again } = usePlayer({ titleId, protocol, fetchGrant, start }, places);
  const state = usePlayerState(player);
  const [help, setHelp] = useState<"shown" | "hidden">("hidden");
  const [statistics, setStatistics] = useState<"shown" | "hidden">("hidden");
  const [menu, setMenu] = useState<"open" | "closed">("closed");
  const [shortcuts, setShortcuts] = useState(() => readPreferences(window.localStorage).characterShortcuts);
  const { fullscreen, toggle: toggleFullscreen } = useFullscreen(frame);
  const failure = bootFailure ?? state.failure;
  const hasNext = next !== null;
  const ending = useEnding({ titleId, player, markers: state.markers, hasNext, habit: endHabit(habits.autoplay, habits.skip.credits), prepareNext: following.prepare, goOn: following.goOn, stayHere: following.ahead.release });
  const skipping = useSkipping(player, state, habits.skip, hasNext);
  const [welcomed, setWelcomed] = useState<MatineePlayer | null>(null);
  useHeartbeat(player, { titleId, activity: failure !== null || ending.asking ? "resting" : "beating", pulse, ahead: following.ahead, now });
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
      else if (action.kind === "skip-part") skipping.skip();
      else if (action.kind === "next-episode") {
        if (hasNext) following.goOn();
      } else if (player !== null) steer(player, action);
    },
    [player, toggleFullscreen, skipping, hasNext, following],
  );
  // Whatever is offered over the picture comes first; else Enter leads into the controls.
  const enter = () => {
    const offered = frame.current?.querySelector<HTMLElement>("[data-first-choice]");
    if (offered === null || offered === undefined) frame.current?.querySelector<HTMLElement>("[data-play]")?.focus();
    else offered.click();
  };
  useKeys({
    characterShortcuts: shortcuts,
    act,
    enter,
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

  const playing = player !== null && failure === null && !ending.asking;
  const ended = playing && state.phase === "ended";
  return (
    <div ref={frame} className={awake ? "player" : "player player-idle"} data-phase={state.phase} data-testid="player" onPointerMove={(event) => event.pointerType === "mouse" && stir("pointer")}>
      <video ref={video} className="player-video" playsInline aria-label={name === "" ? t("watch.loading") : name} />
      <div ref={captions} className="player-captions" />
      <div className="player-surface" onPointerUp={onSurface} onDoubleClick={toggleFullscreen} />
      {state.phase === "loading" && failure === null && (
        <div className="player-loading" role="status">
          <span className="visually-hidden">{t("watch.loading")}</span>
        </div>
      )}
      <div className="player-chrome" data-chrome="">
        <div className="player-top">
          <Link to={backTo} className="player-button turns" aria-label={t("watch.back")} title={t("watch.back")}>
            <Icon name="left" />
          </Link>
          <div className="player-names">
            <h1 tabIndex={-1}>{name === "" ? <span className="visually-hidden">{t("watch.loading")}</span> : name}</h1>
            {context !== null && <p>{context}</p>}
          </div>
          {player !== null && <BetterQuality player={player} state={state} />}
        </div>
        {playing && <Controls player={player} state={state} next={next} fullscreen={fullscreen} act={act} onMenu={setMenu} />}
      </div>
      <div className="player-notice" role="status">
        {state.notice}
      </div>
      {playing && !ended && (
        <div className="player-offers">
          <div className="player-toasts">
            {state.resumedFrom !== null && state.phase === "ready" && welcomed !== player && <ResumedToast player={player} fromSeconds={state.resumedFrom} onGone={() => setWelcomed(player)} />}
            <SkippedToast skipping={skipping} />
          </div>
          <SkipButton skipping={skipping} keys={shortcuts} />
          {next !== null && ending.view.phase === "offered" && <UpNextCard next={next} ending={ending} />}
        </div>
      )}
      {player !== null && statistics === "shown" && <Statistics player={player} onClose={() => setStatistics("hidden")} />}
      {ended && <Ended player={player} next={next} ending={ending} backTo={backTo} afterwards={props.afterwards} />}
      {next !== null && ending.asking && failure === null && <StillWatching name={props.seriesName} next={next} ending={ending} backTo={backTo} />}
      {failure !== null && <Failure failure={failure} backTo={backTo} wayOut={wayOut} onRetry={() => (player === null || bootFailure !== null ? again() : void player.retry())} />}
      {help === "shown" && <HelpSheet characterShortcuts={shortcuts} onChange={changeShortcuts} onClose={() => setHelp("hidden")} />}
    </div>
  );
}
