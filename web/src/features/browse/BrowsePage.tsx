import "./browse.css";

import { useQuery } from "@tanstack/react-query";

import { getBrowse } from "@/api/catalogue";
import { keys } from "@/api/queries";
import type { BrowsePage as Page } from "@/api/types";
import { usePageTitle } from "@/ui/page";
import { LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Shelf } from "@/ui/Shelf";
import { useSpatialNavigation } from "@/ui/spatial";
import { TitleCardLink } from "@/ui/TitleCardLink";

import { Hero } from "./Hero";
import { cardModel, refreshMs } from "./model";

function Waiting() {
  return (
    <div aria-busy="true">
      <h1 className="visually-hidden" tabIndex={-1}>
        Programme, loading
      </h1>
      <Skeleton className="hero-skeleton" />
      {["one", "two"].map((row) => (
        <div key={row} className="shelf-track" aria-hidden="true">
          {Array.from({ length: 8 }, (_, index) => (
            <Skeleton key={index} className="card-skeleton" />
          ))}
        </div>
      ))}
    </div>
  );
}

function Empty() {
  return (
    <div className="page page-beamed">
      <Notice title="The house is open, the reels are on their way" level={1}>
        <p>No film is listed yet. As soon as one is ready it appears here by itself. Operators add films in the studio.</p>
        <LinkButton to="/studio" look="primary">
          Open the studio
        </LinkButton>
      </Notice>
    </div>
  );
}

function Programme({ page }: { page: Page }) {
  const rows = page.rows.filter((row) => row.items.length > 0);
  if (page.featured === null && rows.length === 0) return <Empty />;
  return (
    <div className={page.featured === null ? "programme programme-plain" : "programme"}>
      {page.featured === null ? (
        <h1 className="programme-heading" tabIndex={-1}>
          Programme
        </h1>
      ) : (
        <Hero title={page.featured} />
      )}
      {rows.map((row) => (
        <Shelf key={row.row_id} name={row.name}>
          {row.items.map((card) => (
            <li key={card.title_id}>
              <TitleCardLink model={cardModel(card)} />
            </li>
          ))}
        </Shelf>
      ))}
    </div>
  );
}

export function BrowsePage() {
  usePageTitle(null);
  useSpatialNavigation();
  const browse = useQuery({
    queryKey: keys.browse,
    queryFn: ({ signal }) => getBrowse(signal),
    refetchInterval: (query) => refreshMs(query.state.data),
  });
  if (browse.data !== undefined) return <Programme page={browse.data} />;
  if (browse.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={browse.error} level={1} onRetry={() => void browse.refetch()} />
      </div>
    );
  }
  return <Waiting />;
}
