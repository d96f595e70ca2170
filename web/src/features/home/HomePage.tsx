import "./home.css";

import type { HomePage as Page, HomeRow } from "@/api/home";
import { useI18n } from "@/i18n";
import { currentProfile, mayEdit, useSession } from "@/session/useSession";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Sentinel } from "@/ui/Sentinel";
import { useSpatialNavigation } from "@/ui/spatial";

import { Hero } from "./Hero";
import { isEmpty, isNewcomer, rowsOf } from "./model";
import { RowView } from "./RowView";
import { useHome } from "./useHome";

/** The shape of a row that is still to come, of the height that it will have. */
export function RowSkeleton() {
  return (
    <div className="rail" aria-hidden="true">
      <div className="rail-head">
        <Skeleton className="rail-skeleton-name" />
      </div>
      <div className="rail-skeleton-track">
        {Array.from({ length: 9 }, (_, index) => (
          <div key={index} className="tile-skeleton">
            <Skeleton className="tile-skeleton-picture" />
            <div className="tile-skeleton-words">
              <Skeleton className="tile-skeleton-name" />
              <Skeleton className="tile-skeleton-facts" />
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

/** The page before its first answer: the same places, the same heights. */
export function HomeWaiting() {
  const { t } = useI18n();
  return (
    <div className="home" aria-busy="true">
      <h1 className="visually-hidden" tabIndex={-1}>
        {t("home.loading")}
      </h1>
      <Skeleton className="hero-skeleton" />
      <RowSkeleton />
      <RowSkeleton />
    </div>
  );
}

function Empty() {
  const { t } = useI18n();
  const editor = mayEdit(useSession().data);
  return (
    <div className="page page-beamed">
      <Notice title={t("home.empty")} level={1}>
        <p>{t("home.empty-sentence")}</p>
        {editor && (
          <LinkButton to="/studio" look="primary">
            {t("home.open-studio")}
          </LinkButton>
        )}
      </Notice>
    </div>
  );
}

function Welcome() {
  const { t } = useI18n();
  const profile = currentProfile(useSession().data);
  return (
    <aside className="home-welcome">
      <p className="home-welcome-title">{t("home.new-profile", { name: profile?.name ?? "" })}</p>
      <p>{t("home.new-profile-sentence")}</p>
    </aside>
  );
}

type MoreProps = { home: ReturnType<typeof useHome> };

/** What comes after the rows that are there: more of them, a way to try again, or the end. */
export function MoreRows({ home }: MoreProps) {
  const { t } = useI18n();
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError } = home;
  const more = () => {
    if (!isFetchingNextPage) void home.fetchNextPage();
  };
  if (isFetchNextPageError) {
    return (
      <div className="home-more" role="alert">
        <p>{t("home.more-failed")}</p>
        <Button onClick={more}>{t("common.retry")}</Button>
      </div>
    );
  }
  if (!hasNextPage) return <p className="home-end">{t("home.end")}</p>;
  return (
    <>
      <Sentinel active={!isFetchingNextPage} onNear={more} />
      <RowSkeleton />
    </>
  );
}

function Rows({ rows }: { rows: readonly HomeRow[] }) {
  return rows.map((row, index) => <RowView key={row.row_id} row={row} first={index === 0} />);
}

function Programme({ pages, home }: { pages: readonly Page[]; home: ReturnType<typeof useHome> }) {
  const { t } = useI18n();
  const known = currentProfile(useSession().data) !== null;
  const rows = rowsOf(pages);
  const featured = pages[0]?.featured ?? null;
  if (isEmpty(pages)) return <Empty />;
  return (
    <div className={featured === null ? "home home-plain" : "home"}>
      {featured === null ? (
        <h1 className="home-heading" tabIndex={-1}>
          {t("home.title")}
        </h1>
      ) : (
        <Hero title={featured} />
      )}
      {known && isNewcomer(rows) && <Welcome />}
      <Rows rows={rows} />
      <MoreRows home={home} />
    </div>
  );
}

/** The home page of whoever is watching. */
export function HomePage() {
  usePageTitle(null);
  useSpatialNavigation();
  const home = useHome();
  if (home.data !== undefined) return <Programme pages={home.data.pages} home={home} />;
  if (home.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={home.error} level={1} onRetry={() => void home.refetch()} />
      </div>
    );
  }
  return <HomeWaiting />;
}
