import type { TitleDetail } from "@/api/types";
import { ListToggle, ThumbButtons } from "@/cards/Actions";
import { useKeeps } from "@/cards/useMyList";
import { useI18n } from "@/i18n";
import { LinkButton, Meter, Skeleton } from "@/ui/primitives";

import { cardOf, type Target } from "./model";

function PlayPart({ title, target }: { title: TitleDetail; target: Target }) {
  const speech = useI18n();
  const { t } = speech;
  const { card, leftSeconds, begun } = target;
  const values = { season: card.season_number ?? 1, episode: card.episode_number ?? 1 };
  const series = title.kind === "series";
  const resumes = target.resumeSeconds > 0;
  const goesOn = resumes || (series && begun);
  const label = series ? t(goesOn ? "title.resume-episode" : "title.play-episode", values) : t(goesOn ? "title.resume" : "title.play");
  return (
    <>
      <div className="title-play">
        <LinkButton to={`/watch/${card.title_id}`} look="primary" icon="play">
          {label}
          {leftSeconds !== null && <span className="title-left">{t("title.left", { duration: speech.duration(leftSeconds) })}</span>}
        </LinkButton>
        {target.fraction !== null && <Meter label={t("title.seen")} fraction={target.fraction} />}
      </div>
      {resumes && (
        <LinkButton to={`/watch/${card.title_id}?from=start`} look="quiet" icon="back">
          {t("title.start-over")}
        </LinkButton>
      )}
    </>
  );
}

function ComingPart({ title }: { title: TitleDetail }) {
  const speech = useI18n();
  const { t } = speech;
  const keeps = useKeeps();
  return (
    <p className="title-arriving" role="status">
      <strong>{title.released_on === null || title.released_on === undefined ? t("title.coming-soon") : t("title.coming-on", { date: speech.date(title.released_on, "day") })}</strong> {keeps && t("title.remind")}
    </p>
  );
}

function Waiting({ title }: { title: TitleDetail }) {
  const { t } = useI18n();
  return (
    <p className="title-arriving" role="status">
      <strong>{t("title.arriving-now")}</strong> {t(title.kind === "series" ? "title.arriving-series" : "title.arriving-film")}
    </p>
  );
}

type Props = { title: TitleDetail; target: Target | null; pending: boolean };

/** What one can do with a title: watch it from where one was or from its beginning, keep it, say what one thinks of it. */
export function Actions({ title, target, pending }: Props) {
  const { t } = useI18n();
  const keeps = useKeeps();
  const card = cardOf(title);
  return (
    <div className="title-doing">
      {target === null && (title.announced === true ? <ComingPart title={title} /> : <Waiting title={title} />)}
      <div className="title-actions">
        {pending ? (
          <Skeleton className="title-play-skeleton" />
        ) : (
          <>
            {target !== null && <PlayPart title={title} target={target} />}
            {keeps && title.kind !== "episode" && <ListToggle card={card} className="button button-quiet" />}
            {keeps && title.announced !== true && <ThumbButtons card={card} className="round" />}
          </>
        )}
      </div>
      {title.complete === false && <p className="title-note">{t("title.first-look")}</p>}
    </div>
  );
}
