import { Link } from "react-router";

import { useI18n } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import type { Action } from "@/player/core/keymap";
import type { PlayerState } from "@/player/core/state";
import { clockText } from "@/player/core/time";
import { Icon, type IconName } from "@/ui/icons";

import { Menus } from "./Menus";
import { SeekBar } from "./SeekBar";

/** The next episode, as the player shows it. */
export type NextUp = { titleId: string; to: string; name: string; line: string | null; pictureUrl: string | null };

type Props = {
  player: MatineePlayer;
  state: PlayerState;
  next: NextUp | null;
  fullscreen: "full" | "window";
  act: (action: Action) => void;
  onMenu: (open: "open" | "closed") => void;
};

type KeyProps = { name: string; icon: IconName; onPress: () => void; pressed?: boolean; play?: boolean; className?: string };

function PlayerKey({ name, icon, onPress, pressed, play, className }: KeyProps) {
  return (
    <button type="button" className={`player-button ${className ?? ""}`} aria-label={name} title={name} aria-pressed={pressed} data-play={play === true ? "" : undefined} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

function Volume({ player, state }: { player: MatineePlayer; state: PlayerState }) {
  const { t } = useI18n();
  const silent = state.muted || state.volume === 0;
  return (
    <div className="player-volume">
      <PlayerKey name={t(silent ? "watch.unmute" : "watch.mute")} icon={silent ? "muted" : "volume"} onPress={() => player.toggleMute()} />
      <input
        type="range"
        aria-label={t("watch.volume")}
        data-own-keys=""
        min={0}
        max={1}
        step={0.05}
        value={silent ? 0 : state.volume}
        aria-valuetext={silent ? t("watch.muted") : t("watch.percent", { share: state.volume })}
        onChange={(event) => player.setVolume(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** The bar below the picture. */
export function Controls({ player, state, next, fullscreen, act, onMenu }: Props) {
  const { t } = useI18n();
  return (
    <div className="player-controls">
      <SeekBar player={player} state={state} />
      <div className="player-buttons" data-button-row="">
        <PlayerKey name={t(state.paused ? "watch.play" : "watch.pause")} icon={state.paused ? "play" : "pause"} play onPress={() => player.togglePlay()} />
        <PlayerKey name={t("watch.back-10")} icon="back" onPress={() => player.seekBy(-10)} />
        <PlayerKey name={t("watch.forward-10")} icon="forward" onPress={() => player.seekBy(10)} />
        <Volume player={player} state={state} />
        <span className="player-time" data-testid="player-time">
          {clockText(state.currentTime)} <span className="player-time-of">/ {clockText(state.duration)}</span>
        </span>
        <span className="player-space" />
        {next !== null && (
          <Link className="player-button player-next" to={next.to} replace aria-label={t("watch.next-name", { name: next.name })} title={t("watch.next-name", { name: next.name })} aria-keyshortcuts="Shift+N">
            <Icon name="next" />
          </Link>
        )}
        <Menus player={player} state={state} onOpenChange={onMenu} />
        <PlayerKey name={t("watch.statistics")} icon="stats" onPress={() => act({ kind: "toggle-statistics" })} className="player-wide" />
        <PlayerKey name={t("watch.help")} icon="help" onPress={() => act({ kind: "toggle-help" })} className="player-wide" />
        {document.pictureInPictureEnabled && <PlayerKey name={t("watch.pip")} icon="pip" onPress={() => act({ kind: "toggle-picture-in-picture" })} className="player-wide" />}
        <PlayerKey name={t(fullscreen === "full" ? "watch.window" : "watch.full")} icon={fullscreen === "full" ? "windowed" : "fullscreen"} onPress={() => act({ kind: "toggle-fullscreen" })} />
      </div>
    </div>
  );
}
