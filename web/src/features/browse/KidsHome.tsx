import "./browse.css";

import { useQuery } from "@tanstack/react-query";

import { artworkAt, getBrowse } from "@/api/catalogue";
import { keys } from "@/api/queries";
import type { BrowsePage as Page, TitleCard } from "@/api/types";
import { useSession } from "@/session/useSession";
import { usePageTitle } from "@/ui/page";
import { LinkButton, Notice } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Shelf } from "@/ui/Shelf";
import { useSpatialNavigation } from "@/ui/spatial";
import { TitleCardLink } from "@/ui/TitleCardLink";

import { cardModel, refreshMs } from "./model";

/** Children see what plays now: nothing that is on its way, and no words about making. */
function playableRows(page: Page): Page["rows"] {
  return page.rows.map((row) => ({ ...row, items: row.items.filter((card) => card.playable) })).filter((row) => row.items.length > 0);
}

function Feature({ title }: { title: TitleCard }) {
  const { backdrop } = title.artwork;
  return (
    <section className="kids-feature" aria-label="Today">
      {backdrop !== null && <img src={artworkAt(backdrop, 1920)} alt="" fetchPriority="high" />}
      <div className="kids-feature-words">
        <h2>{title.name}</h2>
        <LinkButton to={title.kind === "series" ? `/title/${title.title_id}` : `/watch/${title.title_id}`} look="primary" icon="play">
          {title.kind === "series" ? "See" : "Play"}
          <span className="visually-hidden"> {title.name}</span>
        </LinkButton>
      </div>
    </section>
  );
}

/** The children's room: big pictures, few words, and no way to the account. */
export function KidsHome() {
  usePageTitle(null);
  useSpatialNavigation();
  const session = useSession();
  const browse = useQuery({ queryKey: keys.browse, queryFn: ({ signal }) => getBrowse(signal), refetchInterval: (query) => refreshMs(query.state.data) });
  const name = session.data?.profile?.name ?? "";
  const rows = browse.data === undefined ? [] : playableRows(browse.data);
  const featured = browse.data?.featured?.playable === true ? browse.data.featured : null;
  return (
    <div className="kids-home" aria-busy={browse.isPending}>
      <h1 className="kids-hello" tabIndex={-1}>
        {name === "" ? "Hello!" : `Hello, ${name}!`}
      </h1>
      {browse.isError && browse.data === undefined && <ProblemNotice error={browse.error} onRetry={() => void browse.refetch()} />}
      {featured !== null && <Feature title={featured} />}
      {browse.data !== undefined && rows.length === 0 && (
        <Notice title="Nothing for you yet">
          <p>Ask a grown-up: the films here are for older people, or still on their way.</p>
        </Notice>
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
