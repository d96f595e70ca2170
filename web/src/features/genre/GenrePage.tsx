import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { getHomeRow } from "@/api/home";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import { CardGrid, GridSkeleton } from "@/cards/Grid";
import { genreSlug, genreName } from "@/cards/model";
import { useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Button } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Sentinel } from "@/ui/Sentinel";
import { useSpatialNavigation } from "@/ui/spatial";

import { GenreTiles } from "./GenresPage";
import { useGenres } from "./useGenres";

const ITEMS_A_PAGE = 40;

function Nothing() {
  const { t } = useI18n();
  const genres = useGenres();
  return (
    <div className="page">
      <h1 className="page-heading" tabIndex={-1}>
        {t("genres.none")}
      </h1>
      <p className="page-lead">{t("genres.none-sentence")}</p>
      {genres.data !== undefined && <GenreTiles genres={genres.data} />}
    </div>
  );
}

/** Everything of one genre: the same as its row on the home page, all of it. */
export function GenrePage() {
  const { slug = "" } = useParams();
  const speech = useI18n();
  const { t } = speech;
  useSpatialNavigation();
  const genres = useGenres();
  const rowId = `genre-${slug}`;
  const row = useInfiniteQuery({
    queryKey: keys.homeRow(rowId),
    queryFn: ({ pageParam, signal }) => getHomeRow(rowId, pageParam, ITEMS_A_PAGE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const known = genres.data?.find(({ genre }) => genreSlug(genre) === slug)?.genre ?? row.data?.pages[0]?.row.name ?? slug;
  const name = genreName(speech, known);
  usePageTitle(name);
  const cards = [...new Map(row.data?.pages.flatMap((page) => page.row.items).map((item) => [item.title_id, item])).values()];
  const missing = row.error instanceof ApiProblem && row.error.status === 404;
  if (missing || (row.data !== undefined && cards.length === 0)) return <Nothing />;
  return (
    <div className="page" aria-busy={row.isPending}>
      <Link to="/genres" className="page-back">
        <span className="turns">
          <Icon name="left" />
        </span>
        {t("genres.all")}
      </Link>
      <h1 className="page-heading" tabIndex={-1}>
        {name}
      </h1>
      {row.isPending && <GridSkeleton />}
      {row.isError && row.data === undefined && <ProblemNotice error={row.error} onRetry={() => void row.refetch()} />}
      {cards.length > 0 && <CardGrid label={name} cards={cards} />}
      {row.isFetchNextPageError ? (
        <Button onClick={() => void row.fetchNextPage()}>{t("common.retry")}</Button>
      ) : (
        row.hasNextPage && <Sentinel active={!row.isFetchingNextPage} onNear={() => void row.fetchNextPage()} />
      )}
    </div>
  );
}
