import { useCallback, useState } from "react";

import { useI18n, type Translator } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import { SPEEDS } from "@/player/core/keymap";
import type { PlayerState } from "@/player/core/state";
import { heightName } from "@/player/core/tracks";
import { Icon } from "@/ui/icons";
import { Menu, type MenuItem } from "@/ui/Menu";

type MenuName = "quality" | "sound" | "subtitles" | "speed";
type Props = { player: MatineePlayer; state: PlayerState; onOpenChange: (open: "open" | "closed") => void };

/** What the quality button says: the choice, and with the automatic one what it came to. */
export function qualityLabel(state: Pick<PlayerState, "automatic" | "activeHeight">, t: Translator["t"]): string {
  if (!state.automatic) return heightName(state.activeHeight);
  return state.activeHeight === null ? t("watch.auto") : t("watch.auto-at", { quality: heightName(state.activeHeight) });
}

function qualityItems(player: MatineePlayer, state: PlayerState, t: Translator["t"]): MenuItem[] {
  const automatic = { id: "auto", label: qualityLabel({ automatic: true, activeHeight: state.activeHeight }, t), active: state.automatic, choose: () => player.tracks.chooseQuality(null) };
  return [
    state.automatic ? automatic : { ...automatic, label: t("watch.auto") },
    ...state.qualities.map((choice) => ({ id: choice.id, label: choice.label, active: !state.automatic && choice.active, choose: () => player.tracks.chooseQuality(choice.id) })),
  ];
}

function subtitleItems(player: MatineePlayer, state: PlayerState, t: Translator["t"]): MenuItem[] {
  const off = { id: "off", label: t("watch.off"), active: !state.text.some((choice) => choice.active), choose: () => player.tracks.chooseText(null) };
  return [off, ...state.text.map((choice) => ({ id: choice.id, label: choice.label, active: choice.active, choose: () => player.tracks.chooseText(choice.id) }))];
}

/** Subtitles, sound, speed, quality. One is open at a time. */
export function Menus({ player, state, onOpenChange }: Props) {
  const { t } = useI18n();
  const [open, setOpen] = useState<MenuName | null>(null);
  const toggle = useCallback(
    (name: MenuName) => (to: "open" | "closed") => {
      setOpen((before) => (to === "open" ? name : before === name ? null : before));
      onOpenChange(to);
    },
    [onOpenChange],
  );
  const [setSubtitles, setSound, setSpeed, setQuality] = [toggle("subtitles"), toggle("sound"), toggle("speed"), toggle("quality")];
  return (
    <>
      {state.text.length > 0 && (
        <Menu label={t("watch.subtitles")} testId="menu-subtitles" face={<Icon name="subtitles" />} items={subtitleItems(player, state, t)} open={open === "subtitles"} setOpen={setSubtitles} />
      )}
      {state.audio.length > 0 && (
        <Menu
          label={t("watch.sound")}
          testId="menu-audio"
          face={<Icon name="sound" />}
          items={state.audio.map((choice) => ({ id: choice.id, label: choice.label, active: choice.active, choose: () => player.tracks.chooseAudio(choice.id) }))}
          open={open === "sound"}
          setOpen={setSound}
        />
      )}
      <Menu
        label={t("watch.speed", { speed: `${state.speed}×` })}
        testId="menu-speed"
        face={state.speed === 1 ? <Icon name="speed" /> : <span className="player-button-text">{state.speed}×</span>}
        items={SPEEDS.map((speed) => ({ id: String(speed), label: speed === 1 ? t("watch.normal") : `${speed}×`, active: speed === state.speed, choose: () => player.setSpeed(speed) }))}
        open={open === "speed"}
        setOpen={setSpeed}
      />
      <Menu label={t("watch.quality", { quality: qualityLabel(state, t) })} testId="menu-quality" face={<span className="player-button-text">{qualityLabel(state, t)}</span>} items={qualityItems(player, state, t)} open={open === "quality"} setOpen={setQuality} />
    </>
  );
}
