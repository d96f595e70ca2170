import { useId, useState } from "react";
import { Link } from "react-router";

import { artworkAt } from "@/api/catalogue";
import type { TitleCard } from "@/api/types";
import { minutesText } from "@/ui/format";
import { Icon } from "@/ui/icons";

import { seasonsOf } from "./model";

function Still({ episode }: { episode: TitleCard }) {
  const picture = episode.artwork.backdrop ?? episode.artwork.poster;
  return (
    <span className="episode-still">
      {picture === null ? <span className="episode-number">{episode.episode_number}</span> : <img src={artworkAt(picture, 480)} alt="" loading="lazy" />}
      {episode.playable && (
        <span className="episode-play">
          <Icon name="play" />
        </span>
      )}
    </span>
  );
}

function Episode({ episode }: { episode: TitleCard }) {
  const words = (
    <>
      <Still episode={episode} />
      <span className="episode-words">
        <span className="episode-name">
          {episode.episode_number}. {episode.name}
        </span>
        <span className="episode-facts">{episode.playable ? minutesText(episode.duration_seconds) : "Arriving"}</span>
        {episode.synopsis !== "" && <span className="episode-synopsis">{episode.synopsis}</span>}
      </span>
    </>
  );
  if (!episode.playable) return <div className="episode episode-arriving">{words}</div>;
  return (
    <Link className="episode" to={`/watch/${episode.title_id}`}>
      {words}
    </Link>
  );
}

/** A series' episodes, one season at a time. */
export function Episodes({ episodes }: { episodes: readonly TitleCard[] }) {
  const seasons = seasonsOf(episodes);
  const [chosen, setChosen] = useState<number | null>(null);
  const id = useId();
  const season = seasons.find((one) => one.number === chosen) ?? seasons[0];
  if (season === undefined) return <p className="episodes episodes-empty">No episodes yet. They appear here as they arrive.</p>;
  return (
    <section className="episodes" aria-labelledby={id}>
      <h2 id={id}>Episodes</h2>
      {seasons.length > 1 && (
        <div className="season-choice" role="group" aria-label="Season">
          {seasons.map((one) => (
            <button key={one.number} type="button" className="button button-small" aria-pressed={one.number === season.number} onClick={() => setChosen(one.number)}>
              Season {one.number}
            </button>
          ))}
        </div>
      )}
      <ol className="episode-list">
        {season.episodes.map((episode) => (
          <li key={episode.title_id}>
            <Episode episode={episode} />
          </li>
        ))}
      </ol>
    </section>
  );
}
