import { useEffect, useId, useRef, type ReactNode, type RefObject } from "react";

import { useI18n } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import type { PlaybackFailure } from "@/player/core/failures";
import { Button, LinkButton } from "@/ui/primitives";

import type { NextUp } from "./Controls";
import { NextPicture, NextWords, PlayNext } from "./UpNextCard";
import type { Ending } from "./useEnding";

/** What helps against a refusal, in place of the usual; null for the usual. */
export type WayOut = (failure: PlaybackFailure, retry: () => void) => ReactNode;

type FailureProps = { failure: PlaybackFailure; onRetry: () => void; backTo: string; wayOut: WayOut };

/** Why the film does not play, and what to do about it. */
export function Failure({ failure, onRetry, backTo, wayOut }: FailureProps) {
  const { t } = useI18n();
  const special = wayOut(failure, onRetry);
  return (
    <div className="player-cover" data-cover="" role="alert" data-testid="player-failure">
      {special ?? (
        <>
          <h2>{failure.title}</h2>
          <p>{failure.sentence}</p>
          <p className="player-reference">{t("common.reference", { reference: failure.reference })}</p>
          <div className="player-cover-actions">
            {failure.retryable && (
              <Button look="primary" onClick={onRetry}>
                {t("common.retry")}
              </Button>
            )}
            <LinkButton to={backTo} look="quiet">
              {t("watch.back")}
            </LinkButton>
          </div>
        </>
      )}
    </div>
  );
}

/** Put the focus on the first choice, unless somebody is busy elsewhere: a remote control has no other way there. */
function useFirstFocus(force: "always" | "when free"): RefObject<HTMLDivElement | null> {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const active = document.activeElement;
    const free = active === null || active === document.body || active.matches("h1");
    if (free || force === "always") frame.current?.querySelector<HTMLElement>("[data-button-row] button")?.focus();
  }, [force]);
  return frame;
}

type EndedProps = { player: MatineePlayer; next: NextUp | null; ending: Ending; backTo: string; afterwards: ReactNode };

/** After the film: the next episode, or what to watch instead. */
export function Ended({ player, next, ending, backTo, afterwards }: EndedProps) {
  const { t } = useI18n();
  const frame = useFirstFocus("when free");
  const again = (look: "primary" | "quiet") => (
    <Button look={look} icon="back" onClick={() => player.play()}>
      {t("watch.again")}
    </Button>
  );
  const leave = (
    <LinkButton to={backTo} look="quiet">
      {t("watch.back")}
    </LinkButton>
  );
  if (next === null) {
    return (
      <div ref={frame} className={afterwards === null ? "player-cover" : "player-cover player-cover-wide"} data-cover="" data-testid="player-ended">
        <h2>{t("watch.the-end")}</h2>
        <div className="player-cover-actions" data-button-row="">
          {again("primary")}
          {leave}
        </div>
        {afterwards}
      </div>
    );
  }
  const counting = ending.view.leftMs !== null;
  return (
    <div ref={frame} className="player-cover" data-cover="" data-testid="player-ended">
      <p className="up-next-eyebrow">{t("watch.up-next")}</p>
      <NextPicture next={next} />
      <NextWords next={next} level="h2" />
      <div className="player-cover-actions" data-button-row="">
        <PlayNext ending={ending} />
        {counting && (
          <Button look="quiet" onClick={ending.decline}>
            {t("watch.cancel")}
          </Button>
        )}
        {again("quiet")}
        {leave}
      </div>
    </div>
  );
}

type StillProps = { name: string; next: NextUp; ending: Ending; backTo: string };

/** Nobody has touched anything for long: ask before the next episode begins. */
export function StillWatching({ name, next, ending, backTo }: StillProps) {
  const { t } = useI18n();
  const id = useId();
  const frame = useFirstFocus("always");
  return (
    <div ref={frame} className="player-cover" data-cover="" role="alertdialog" aria-labelledby={id} data-testid="still-watching">
      <h2 id={id}>{name === "" ? t("watch.still-there") : t("watch.still-watching", { name })}</h2>
      <p>{t("watch.still-why", { next: next.name })}</p>
      <div className="player-cover-actions" data-button-row="">
        <Button look="primary" icon="play" data-first-choice="" onClick={ending.goOn}>
          {t("watch.go-on")}
        </Button>
        <LinkButton to={backTo} look="quiet">
          {t("watch.enough")}
        </LinkButton>
      </div>
    </div>
  );
}
