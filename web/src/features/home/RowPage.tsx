import "./home.css";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { getHomeRow } from "@/api/home";
import { keys } from "@/api/queries";
import { CardGrid, GridSkeleton } from "@/cards/Grid";
import { useI18n } from "@/i18n";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton, Notice } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Sentinel } from "@/ui/Sentinel";
import { useSpatialNavigation } from "@/ui/spatial";

import { rowName, rowNote } from "./model";

const ITEMS_A_PAGE = 40;

/** All of one row. */
export function RowPage() {
  const { id = "" } = useParams();
  const speech = useI18n();
  const { t } = speech;
  useSpatialNavigation();
  const more = useInfiniteQuery({
    queryKey: keys.homeRow(id),
    queryFn: ({ pageParam, signal }) => getHomeRow(id, pageParam, ITEMS_A_PAGE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const row = more.data?.pages[0]?.row;
  const name = row === undefined ? null : rowName(row, speech);
  usePageTitle(name);
  if (more.isError && row === undefined) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={more.error} level={1} onRetry={() => void more.refetch()}>
          <LinkButton to="/">{t("nav.home")}</LinkButton>
        </ProblemNotice>
      </div>
    );
  }
  if (row === undefined || name === null) {
    return (
      <div key="waiting" className="page" aria-busy="true">
        <h1 className="visually-hidden" tabIndex={-1}>
          {t("home.row-loading")}
        </h1>
        <div className="page-heading page-heading-skeleton skeleton" aria-hidden="true">
          &nbsp;
        </div>
        <GridSkeleton />
      </div>
    );
  }
  const cards = [...new Map(more.data?.pages.flatMap((page) => page.row.items).map((item) => [item.title_id, item])).values()];
  const note = rowNote(row, speech);
  return (
    <div className="page">
      <h1 className="page-heading" tabIndex={-1}>
        <bdi>{name}</bdi>
      </h1>
      {note !== null && <p className="rail-note">{note}</p>}
      {cards.length === 0 ? (
        <Notice title={t("home.row-empty")}>
          <LinkButton to="/">{t("nav.home")}</LinkButton>
        </Notice>
      ) : (
        <CardGrid label={name} cards={cards} testId="row-grid" />
      )}
      {more.isFetchNextPageError ? (
        <Button onClick={() => void more.fetchNextPage()}>{t("common.retry")}</Button>
      ) : (
        more.hasNextPage && <Sentinel active={!more.isFetchingNextPage} onNear={() => void more.fetchNextPage()} />
      )}
    </div>
  );
}
