import { useId, useState } from "react";
import { Link } from "react-router";

import { artworkAt } from "@/api/catalogue";
import type { Mine, WatchedPart } from "@/api/history";
import type { TitleCard } from "@/api/types";
import { useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { Chip } from "@/ui/primitives";

import { seasonsOf } from "./model";

type EpisodeProps = { episode: TitleCard; part: WatchedPart | undefined; upNext: boolean };

function Still({ episode, part }: EpisodeProps) {
  const picture = episode.artwork.backdrop ?? episode.artwork.poster;
  const fraction = part?.completed === true ? 1 : (part?.watched_fraction ?? 0);
  return (
    <span className="episode-still">
      {picture === null ? <span className="episode-number">{episode.episode_number}</span> : <img src={artworkAt(picture, 480)} width={480} height={270} alt="" loading="lazy" decoding="async" />}
      {episode.playable && (
        <span className="episode-play">
          <Icon name="play" />
        </span>
      )}
      {fraction > 0 && (
        <span className="episode-bar" aria-hidden="true">
          <span style={{ inlineSize: `${Math.min(Math.max(fraction, 0.02), 1) * 100}%` }} />
        </span>
      )}
    </span>
  );
}

function Marks({ episode, part, upNext }: EpisodeProps) {
  const speech = useI18n();
  const { t } = speech;
  const left = part === undefined || part.completed || part.resume_seconds === 0 || episode.duration_seconds === null ? null : episode.duration_seconds - part.resume_seconds;
  const length = episode.playable ? speech.duration(episode.duration_seconds) : t("title.arriving");
  return (
    <span className="episode-facts">
      {upNext && <Chip look="beam">{t("title.up-next")}</Chip>}
      <span>{left === null ? length : t("title.left", { duration: speech.duration(left) })}</span>
      {part?.completed === true && (
        <span className="episode-watched">
          <Icon name="check" />
          {t("title.watched")}
        </span>
      )}
    </span>
  );
}

function Episode(props: EpisodeProps) {
  const { t } = useI18n();
  const { episode, upNext } = props;
  const words = (
    <>
      <Still {...props} />
      <span className="episode-words">
        <span className="episode-name">
          <bdi>{t("title.numbered", { number: episode.episode_number ?? 1, name: episode.name })}</bdi>
        </span>
        <Marks {...props} />
        {episode.synopsis !== "" && (
          <span className="episode-synopsis">
            <bdi>{episode.synopsis}</bdi>
          </span>
        )}
      </span>
    </>
  );
  if (!episode.playable) return <div className="episode episode-arriving">{words}</div>;
  return (
    <Link className={upNext ? "episode episode-next" : "episode"} to={`/watch/${episode.title_id}`}>
      {words}
    </Link>
  );
}

type Props = { episodes: readonly TitleCard[]; mine: Mine | undefined; upNext: string | null };

/** A series' episodes, one season at a time, beginning with the one that somebody is in. */
export function Episodes({ episodes, mine, upNext }: Props) {
  const { t } = useI18n();
  const seasons = seasonsOf(episodes);
  const [chosen, setChosen] = useState<number | null>(null);
  const id = useId();
  const current = episodes.find((one) => one.title_id === upNext)?.season_number ?? null;
  const season = seasons.find((one) => one.number === (chosen ?? current)) ?? seasons[0];
  if (season === undefined) return <p className="episodes episodes-empty">{t("title.no-episodes")}</p>;
  return (
    <section className="episodes" aria-labelledby={id}>
      <h2 id={id}>{t("title.episodes")}</h2>
      {seasons.length > 1 && (
        <div className="season-choice" role="group" aria-label={t("title.season-choice")}>
          {seasons.map((one) => (
            <button key={one.number} type="button" className="button button-small" aria-pressed={one.number === season.number} onClick={() => setChosen(one.number)}>
              {t("title.season", { season: one.number })}
            </button>
          ))}
        </div>
      )}
      <ol className="episode-list">
        {season.episodes.map((episode) => (
          <li key={episode.title_id}>
            <Episode episode={episode} part={mine?.episodes[episode.title_id]} upNext={episode.title_id === upNext} />
          </li>
        ))}
      </ol>
    </section>
  );
}
