import "./home.css";
import "./kids.css";

import type { Card } from "@/api/library";
import { PlayLink } from "@/cards/Actions";
import { backdropOf } from "@/cards/model";
import { useI18n } from "@/i18n";
import { currentProfile, useSession } from "@/session/useSession";
import { usePageTitle } from "@/ui/page";
import { Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { MoreRows, RowSkeleton } from "./HomePage";
import { playableRows, rowsOf } from "./model";
import { RowView } from "./RowView";
import { useHome } from "./useHome";

function Feature({ title }: { title: Card }) {
  const { t } = useI18n();
  const picture = backdropOf(title);
  return (
    <section className="kids-feature" aria-label={t("home.kids-today")}>
      {picture !== null && <img src={picture.src} srcSet={picture.srcSet} sizes={picture.sizes} width={picture.width} height={picture.height} alt="" fetchPriority="high" />}
      <div className="kids-feature-words">
        <h2>
          <bdi>{title.name}</bdi>
        </h2>
        <PlayLink card={title} className="button button-primary" />
      </div>
    </section>
  );
}

/** The children's room: big pictures, few words, and no way to the account. */
export function KidsHome() {
  usePageTitle(null);
  useSpatialNavigation();
  const { t } = useI18n();
  const name = currentProfile(useSession().data)?.name ?? "";
  const home = useHome();
  const pages = home.data?.pages ?? [];
  const rows = playableRows(rowsOf(pages));
  const featured = pages[0]?.featured?.playable === true ? pages[0].featured : null;
  return (
    <div className="kids-home" aria-busy={home.isPending}>
      <h1 className="kids-hello" tabIndex={-1}>
        {name === "" ? t("home.kids-hello-nobody") : t("home.kids-hello", { name })}
      </h1>
      {home.isPending && (
        <>
          <Skeleton className="kids-feature-skeleton" />
          <RowSkeleton />
        </>
      )}
      {home.isError && home.data === undefined && <ProblemNotice error={home.error} onRetry={() => void home.refetch()} />}
      {featured !== null && <Feature title={featured} />}
      {home.data !== undefined && rows.length === 0 && !home.hasNextPage && (
        <Notice title={t("home.kids-empty")}>
          <p>{t("home.kids-empty-sentence")}</p>
        </Notice>
      )}
      {rows.map((row, index) => (
        <RowView key={row.row_id} row={row} first={index === 0} />
      ))}
      {home.hasNextPage && <MoreRows home={home} />}
    </div>
  );
}
