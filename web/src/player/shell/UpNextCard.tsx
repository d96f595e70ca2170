import { useId, type CSSProperties } from "react";

import { useI18n } from "@/i18n";
import { Button } from "@/ui/primitives";

import type { NextUp } from "./Controls";
import type { Ending } from "./useEnding";

/** A picture of the next episode, or a strip of velvet where there is none. */
export function NextPicture({ next }: { next: NextUp }) {
  return <span className="up-next-picture">{next.pictureUrl !== null && <img src={next.pictureUrl} alt="" />}</span>;
}

/** What the next episode is called, and which one it is. */
export function NextWords({ next, level }: { next: NextUp; level: "h2" | "p" }) {
  const Name = level;
  return (
    <>
      {next.line !== null && <p className="up-next-line">{next.line}</p>}
      <Name className="up-next-name">{next.name}</Name>
    </>
  );
}

/** Plays the next episode; it fills while it counts down to doing so by itself. */
export function PlayNext({ ending }: { ending: Ending }) {
  const { t } = useI18n();
  const { leftMs } = ending.view;
  const seconds = leftMs === null ? null : Math.ceil(leftMs / 1000);
  const style = seconds === null ? undefined : ({ "--left": Math.min(1, seconds / 10) } as CSSProperties);
  return (
    <Button look="primary" icon="play" className={seconds === null ? undefined : "up-next-play"} style={style} data-first-choice="" onClick={ending.goOn}>
      {t("watch.play-now")}
      {seconds !== null && (
        <span className="up-next-count" aria-hidden="true">
          {seconds}
        </span>
      )}
    </Button>
  );
}

/** The next episode, offered over the credits of this one. */
export function UpNextCard({ next, ending }: { next: NextUp; ending: Ending }) {
  const { t } = useI18n();
  const id = useId();
  const counting = ending.view.leftMs !== null;
  return (
    <section className="up-next" aria-labelledby={id} data-testid="up-next">
      <NextPicture next={next} />
      <div className="up-next-words">
        <p id={id} className="up-next-eyebrow">
          {t("watch.next-episode")}
        </p>
        <NextWords next={next} level="p" />
        <p className="visually-hidden" role="status">
          {counting ? t("watch.next-soon", { name: next.name }) : ""}
        </p>
        <div className="up-next-actions" data-button-row="">
          <PlayNext ending={ending} />
          <Button look="quiet" onClick={ending.decline}>
            {t("watch.watch-credits")}
          </Button>
        </div>
      </div>
    </section>
  );
}
