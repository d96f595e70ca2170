import "./title.css";

import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { artworkAt, getTitle } from "@/api/catalogue";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import type { TitleDetail } from "@/api/types";
import { languageName } from "@/player/core/language";
import { ageText, minutesText, qualityText } from "@/ui/format";
import { usePageTitle } from "@/ui/page";
import { Poster } from "@/ui/Poster";
import { LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { Episodes } from "./Episodes";
import { bestHeight, firstEpisode, languageNames, refreshMs } from "./model";

function Facts({ title }: { title: TitleDetail }) {
  const rows: [string, string | null][] = [
    ["Year", title.year === null ? null : String(title.year)],
    ["Length", minutesText(title.duration_seconds)],
    ["Age", ageText(title.maturity)],
    ["Genres", title.genres.join(", ")],
    ["Best quality", qualityText(bestHeight(title))],
    ["Sound", languageNames(title.audio, languageName)],
    ["Subtitles", languageNames(title.text, languageName)],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) =>
        value === null || value === "" ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Actions({ title }: { title: TitleDetail }) {
  const episode = firstEpisode(title);
  const target = title.kind === "series" ? episode : title;
  if (target?.playable !== true) {
    return (
      <p className="title-arriving" role="status">
        <strong>Arriving.</strong> This {title.kind === "series" ? "series" : "film"} is being made ready right now. The play button appears here
        by itself.
      </p>
    );
  }
  const label = title.kind === "series" ? `Play season ${target.season_number ?? 1}, episode ${target.episode_number ?? 1}` : "Play";
  return (
    <>
      <LinkButton to={`/watch/${target.title_id}`} look="primary" icon="play">
        {label}
      </LinkButton>
      {title.complete === false && <p className="title-note">First look: better quality is on its way.</p>}
    </>
  );
}

function Detail({ title }: { title: TitleDetail }) {
  const { backdrop, poster } = title.artwork;
  return (
    <article className="title-page">
      <div className="title-backdrop" aria-hidden="true">
        {backdrop === null ? null : <img src={artworkAt(backdrop, 1920)} alt="" />}
      </div>
      <div className="title-body">
        <div className="title-poster">
          <Poster name={title.name} year={title.year} src={poster === null ? null : artworkAt(poster, 480)} arriving={!title.playable} />
        </div>
        <div className="title-words">
          <h1 tabIndex={-1}>{title.name}</h1>
          {title.synopsis !== "" && <p className="title-synopsis">{title.synopsis}</p>}
          <div className="title-actions">
            <Actions title={title} />
          </div>
          <Facts title={title} />
        </div>
      </div>
      {title.kind === "series" && <Episodes episodes={title.episodes} />}
    </article>
  );
}

function Missing() {
  return (
    <div className="page page-beamed">
      <Notice title="That title is not in the programme" level={1}>
        <p>It may have been taken off, or it is not open to everyone.</p>
        <LinkButton to="/" look="primary">
          See the programme
        </LinkButton>
      </Notice>
    </div>
  );
}

export function TitlePage() {
  const { id = "" } = useParams();
  useSpatialNavigation();
  const title = useQuery({
    queryKey: keys.title(id),
    queryFn: ({ signal }) => getTitle(id, signal),
    refetchInterval: (query) => refreshMs(query.state.data),
  });
  usePageTitle(title.data?.name ?? null);
  if (title.data !== undefined) return <Detail title={title.data} />;
  if (title.error instanceof ApiProblem && title.error.status === 404) return <Missing />;
  if (title.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={title.error} level={1} onRetry={() => void title.refetch()} />
      </div>
    );
  }
  return (
    <div className="page" aria-busy="true">
      <h1 className="visually-hidden" tabIndex={-1}>
        Loading the title
      </h1>
      <Skeleton className="title-skeleton" />
    </div>
  );
}
