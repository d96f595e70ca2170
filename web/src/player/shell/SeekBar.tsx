import { useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from "react";

import { useI18n } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import { spriteAt, type Sprite } from "@/player/core/sprites";
import type { PlayerState } from "@/player/core/state";
import { clamp, clockText, spokenText } from "@/player/core/time";

type Props = { player: MatineePlayer; state: PlayerState };
type Preview = { seconds: number; held: boolean };

const COARSE_STEP_SECONDS = 30;

function Thumbnail({ sprite }: { sprite: Sprite }) {
  return (
    <span className="seek-thumb" style={{ width: sprite.width, height: sprite.height }}>
      <img src={sprite.url} alt="" style={{ transform: `translate(${-sprite.x}px, ${-sprite.y}px)` }} draggable={false} />
    </span>
  );
}

function PreviewBubble({ state, seconds }: { state: PlayerState; seconds: number }) {
  const sprite = spriteAt(state.sprites, seconds);
  const style = { "--at": state.duration > 0 ? seconds / state.duration : 0 } as CSSProperties;
  return (
    <span className={sprite === null ? "seek-bubble" : "seek-bubble seek-bubble-picture"} style={style} aria-hidden="true" data-testid="seek-preview">
      {sprite !== null && <Thumbnail sprite={sprite} />}
      <span className="seek-bubble-time">{clockText(seconds)}</span>
    </span>
  );
}

/** The film as a line: drag, tap, or use the arrow keys; a small picture shows what is there. */
export function SeekBar({ player, state }: Props) {
  const speech = useI18n();
  const { t } = speech;
  const track = useRef<HTMLDivElement>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [focused, setFocused] = useState<"focused" | "away">("away");
  const { duration } = state;

  const secondsAt = (clientX: number): number => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    return clamp((clientX - box.left) / box.width, 0, 1) * duration;
  };
  const onDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || duration === 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setPreview({ seconds: secondsAt(event.clientX), held: true });
  };
  const onMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.pointerType === "mouse" || preview?.held === true) setPreview({ seconds: secondsAt(event.clientX), held: preview?.held ?? false });
  };
  const onUp = (event: PointerEvent<HTMLDivElement>) => {
    if (preview?.held === true) player.seek(secondsAt(event.clientX));
    setPreview(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: COARSE_STEP_SECONDS, PageUp: COARSE_STEP_SECONDS, PageDown: -COARSE_STEP_SECONDS }[event.key];
    if (event.key === "ArrowDown") {
      event.currentTarget.closest("[data-chrome]")?.querySelector<HTMLElement>("[data-play]")?.focus();
    } else if (step !== undefined) player.seekBy(step);
    else return;
    event.preventDefault();
  };

  const shown = preview?.held === true ? preview.seconds : state.currentTime;
  const bubble = preview?.seconds ?? (focused === "focused" ? state.currentTime : null);
  const style = {
    "--played": duration > 0 ? clamp(shown / duration, 0, 1) : 0,
    "--buffered": duration > 0 ? clamp(state.bufferedEnd / duration, 0, 1) : 0,
  } as CSSProperties;
  return (
    <div ref={track} className={state.buffering ? "seek seek-waiting" : "seek"} dir="ltr" style={style} onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={() => setPreview(null)} onPointerLeave={() => preview?.held !== true && setPreview(null)}>
      <input
        type="range"
        className="seek-input"
        data-seek=""
        aria-label={t("watch.seek")}
        aria-valuetext={t("watch.seek-at", { at: spokenText(state.currentTime, speech), length: spokenText(duration, speech) })}
        min={0}
        max={Math.max(1, Math.floor(duration))}
        step={1}
        value={Math.floor(state.currentTime)}
        onChange={(event) => player.seek(event.currentTarget.valueAsNumber)}
        onKeyDown={onKeyDown}
        onFocus={(event) => setFocused(event.currentTarget.matches(":focus-visible") ? "focused" : "away")}
        onBlur={() => setFocused("away")}
      />
      <span className="seek-line" aria-hidden="true">
        <span className="seek-buffered" />
        <span className="seek-played" />
      </span>
      <span className="seek-knob" aria-hidden="true" />
      {bubble !== null && duration > 0 && <PreviewBubble state={state} seconds={bubble} />}
    </div>
  );
}
