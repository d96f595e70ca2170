import "./title.css";

import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { getTitle } from "@/api/catalogue";
import { getMine } from "@/api/history";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import type { TitleDetail } from "@/api/types";
import { backdropOf, posterOf } from "@/cards/model";
import { Tile } from "@/cards/Tile";
import { useKeeps } from "@/cards/useMyList";
import { useI18n } from "@/i18n";
import { qualityText } from "@/ui/format";
import { usePageTitle } from "@/ui/page";
import { Poster } from "@/ui/Poster";
import { LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Rail } from "@/ui/Rail";
import { useSpatialNavigation } from "@/ui/spatial";

import { About } from "./About";
import { Actions } from "./Actions";
import { Episodes } from "./Episodes";
import { bestHeight, cardOf, playTarget, refreshMs } from "./model";

const POSTER_SIZES = "(min-width: 720px) 19rem, 11rem";

function Line({ title }: { title: TitleDetail }) {
  const speech = useI18n();
  const { t } = speech;
  const seasons = new Set(title.episodes.map((one) => one.season_number)).size;
  const parts = [
    title.year === null ? null : speech.year(title.year),
    title.kind === "series" ? (seasons > 0 ? t("title.seasons", { count: seasons }) : t("title.series")) : speech.duration(title.duration_seconds),
    title.maturity === 0 ? t("title.all-ages") : t("title.from-age", { age: title.maturity }),
    qualityText(bestHeight(title)),
  ];
  return <p className="title-line">{parts.filter((part) => part !== null).join(" · ")}</p>;
}

function Similar({ title }: { title: TitleDetail }) {
  const { t } = useI18n();
  const cards = title.similar ?? [];
  if (cards.length === 0) return null;
  return (
    <div className="title-similar">
      <Rail
        name={t("title.similar")}
        count={cards.length}
        keyOf={(index) => cards[index]?.title_id ?? String(index)}
        tile={(index, tabIndex) => {
          const card = cards[index];
          return card === undefined ? null : <Tile card={card} tabIndex={tabIndex} />;
        }}
        testId="similar"
      />
    </div>
  );
}

function Detail({ title }: { title: TitleDetail }) {
  const keeps = useKeeps();
  const mine = useQuery({ queryKey: keys.mine(title.title_id), queryFn: ({ signal }) => getMine(title.title_id, signal), enabled: keeps, staleTime: 0 });
  const target = playTarget(title, mine.data);
  const card = cardOf(title);
  const backdrop = backdropOf(card);
  return (
    <article className="title-page">
      <div className="title-backdrop" aria-hidden="true">
        {backdrop !== null && <img src={backdrop.src} srcSet={backdrop.srcSet} sizes={backdrop.sizes} width={backdrop.width} height={backdrop.height} alt="" fetchPriority="high" />}
      </div>
      <div className="title-body">
        <div className="title-poster">
          <Poster name={title.name} year={title.year} src={null} picture={posterOf(card, POSTER_SIZES)} eager arriving={!title.playable && title.announced !== true} />
        </div>
        <div className="title-words">
          <h1 tabIndex={-1}>
            <bdi>{title.name}</bdi>
          </h1>
          <Line title={title} />
          {title.synopsis !== "" && (
            <p className="title-synopsis">
              <bdi>{title.synopsis}</bdi>
            </p>
          )}
          <Actions title={title} target={target} pending={keeps && mine.isPending} />
          <About title={title} />
        </div>
      </div>
      {title.kind === "series" && <Episodes episodes={title.episodes} mine={mine.data} upNext={target?.begun === true ? target.card.title_id : null} />}
      <Similar title={title} />
    </article>
  );
}

function Missing() {
  const { t } = useI18n();
  return (
    <div className="page page-beamed">
      <Notice title={t("title.missing")} level={1}>
        <p>{t("title.missing-why")}</p>
        <LinkButton to="/" look="primary">
          {t("title.to-programme")}
        </LinkButton>
      </Notice>
    </div>
  );
}

/** The page's own shape, before anything is known. */
function Waiting() {
  const { t } = useI18n();
  return (
    <div className="title-page" aria-busy="true">
      <div className="title-backdrop" aria-hidden="true" />
      <div className="title-body">
        <div className="title-poster">
          <Skeleton className="title-skeleton-poster" />
        </div>
        <div className="title-words">
          <h1 className="visually-hidden" tabIndex={-1}>
            {t("common.loading")}
          </h1>
          {["name", "line", "text", "actions"].map((part) => (
            <Skeleton key={part} className={`title-skeleton-${part}`} />
          ))}
        </div>
      </div>
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
  if (title.data !== undefined) return <Detail key={id} title={title.data} />;
  if (title.error instanceof ApiProblem && title.error.status === 404) return <Missing />;
  if (title.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={title.error} level={1} onRetry={() => void title.refetch()} />
      </div>
    );
  }
  return <Waiting />;
}
