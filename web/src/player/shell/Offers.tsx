import { useEffect, useRef, useState, type ReactNode } from "react";

import { useI18n } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import { clockText } from "@/player/core/time";
import { Icon } from "@/ui/icons";
import { Button } from "@/ui/primitives";

import type { Skipping } from "./useSkipping";

const TOAST_MS = 8_000;

/** Words over the picture, with one thing to do about them. They go by themselves, but not while somebody is at them. */
function Toast({ children, onGone }: { children: ReactNode; onGone: () => void }) {
  const [held, setHeld] = useState(false);
  const latest = useRef(onGone);
  useEffect(() => {
    latest.current = onGone;
  });
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => latest.current(), TOAST_MS);
    return () => clearTimeout(timer);
  }, [held]);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return (
    <div className="player-toast" role="status" onPointerEnter={hold} onPointerLeave={release} onFocus={hold} onBlur={release}>
      {children}
    </div>
  );
}

/** Skips a part of the film, for as long as that part lasts. */
export function SkipButton({ skipping, keys }: { skipping: Skipping; keys: "on" | "off" }) {
  const { t } = useI18n();
  const { offer, skip } = skipping;
  if (offer === null) return null;
  return (
    <Button className="player-skip" data-first-choice="" aria-keyshortcuts={keys === "on" ? "s" : undefined} onClick={skip}>
      <Icon name="next" />
      {t(`watch.skip-${offer.kind}`)}
      {keys === "on" && (
        <kbd className="player-skip-key" aria-hidden="true">
          S
        </kbd>
      )}
    </Button>
  );
}

/** Says what was skipped by itself, and brings it back. */
export function SkippedToast({ skipping }: { skipping: Skipping }) {
  const { t } = useI18n();
  if (skipping.skipped === null) return null;
  return (
    <Toast key={skipping.skipped.kind} onGone={skipping.forget}>
      <span>{t(`watch.skipped-${skipping.skipped.kind}`)}</span>
      <Button small look="quiet" onClick={skipping.watchIt}>
        {t("watch.watch-it")}
      </Button>
    </Toast>
  );
}

/** Says where the film was taken up again, and offers its beginning. */
export function ResumedToast({ player, fromSeconds, onGone }: { player: MatineePlayer; fromSeconds: number; onGone: () => void }) {
  const { t } = useI18n();
  const startOver = () => {
    player.seek(0);
    player.play();
    onGone();
  };
  return (
    <Toast onGone={onGone}>
      <span>{t("watch.resumed", { at: clockText(fromSeconds) })}</span>
      <Button small look="quiet" onClick={startOver}>
        {t("watch.start-over")}
      </Button>
    </Toast>
  );
}
