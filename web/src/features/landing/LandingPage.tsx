import "./landing.css";

import { useQuery } from "@tanstack/react-query";

import { artworkAt, getBrowse } from "@/api/catalogue";
import { keys } from "@/api/queries";
import { getSetup } from "@/api/session";
import type { TitleCard } from "@/api/types";
import { minutesText } from "@/ui/format";
import { usePageTitle } from "@/ui/page";
import { LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Shelf } from "@/ui/Shelf";
import { useSpatialNavigation } from "@/ui/spatial";
import { TitleCardLink } from "@/ui/TitleCardLink";

import { freeFilm, landingCard, landingRows, refreshMs } from "./model";

function Front({ film, backdrop }: { film: TitleCard | null; backdrop: string | null }) {
  return (
    <section className="front" aria-label="Welcome">
      <div className="front-picture" aria-hidden="true">
        {backdrop === null ? <div className="front-beam" /> : <img src={artworkAt(backdrop, 1920)} srcSet={`${artworkAt(backdrop, 960)} 960w, ${artworkAt(backdrop, 1920)} 1920w`} sizes="100vw" alt="" fetchPriority="high" />}
      </div>
      <div className="front-words">
        <h1 tabIndex={-1}>The lights go down when you sit down</h1>
        <p className="front-lead">Films and series on every screen you own. Some are free for everybody, right now, without an account.</p>
        <div className="front-actions">
          <LinkButton to="/join" look="primary">
            Join Matinee
          </LinkButton>
          {film !== null && (
            <LinkButton to={`/watch/${film.title_id}`} look="quiet" icon="play">
              Play a free film<span className="visually-hidden">: {film.name}</span>
            </LinkButton>
          )}
        </div>
        {film !== null && (
          <p className="front-now">
            <span className="front-now-label">Free now</span> {[film.name, film.year, minutesText(film.duration_seconds)].filter((part) => part !== null).join(" · ")}
          </p>
        )}
      </div>
    </section>
  );
}

const PROMISES: [title: string, words: string][] = [
  ["One household, many tastes", "Up to five profiles, each with its own language and age limit. A room for children, and a PIN where you want one."],
  ["Your screens, your say", "See what plays where, and stop it from any other screen. A television joins with a code, without typing a password."],
  ["Leave when you like", "Change or end a plan in two presses. Take your data along, or have it erased."],
];

function Promises() {
  return (
    <section className="promises" aria-labelledby="promises">
      <h2 id="promises" className="visually-hidden">
        What members have
      </h2>
      <ul>
        {PROMISES.map(([title, words]) => (
          <li key={title}>
            <h3>{title}</h3>
            <p>{words}</p>
          </li>
        ))}
      </ul>
      <LinkButton to="/join" look="primary">
        Take a seat
      </LinkButton>
    </section>
  );
}

/** A house that nobody has taken over yet says so to whoever looks in. */
function Unclaimed() {
  const setup = useQuery({ queryKey: keys.setup, queryFn: ({ signal }) => getSetup(signal), retry: false, staleTime: 60_000 });
  if (setup.data?.claimed !== false) return null;
  return (
    <aside className="unclaimed" aria-label="New house">
      <p>This house is new and has no administrator yet.</p>
      <LinkButton to="/setup" small>
        Set it up
      </LinkButton>
    </aside>
  );
}

function Empty() {
  return (
    <div className="landing-empty">
      <Notice title="The house is open, the reels are on their way">
        <p>No film is listed yet. As soon as one is ready it appears here by itself.</p>
      </Notice>
    </div>
  );
}

/** What strangers see at the front: the picture of a film, the way in, and the films that are free. */
export function LandingPage() {
  usePageTitle(null);
  useSpatialNavigation();
  const browse = useQuery({ queryKey: keys.browse, queryFn: ({ signal }) => getBrowse(signal), refetchInterval: (query) => refreshMs(query.state.data) });
  const rows = browse.data === undefined ? [] : landingRows(browse.data);
  const film = browse.data === undefined ? null : freeFilm(browse.data);
  return (
    <div className="landing">
      <Front film={film} backdrop={browse.data?.featured?.artwork.backdrop ?? film?.artwork.backdrop ?? null} />
      <Unclaimed />
      {browse.isPending && (
        <div className="shelf-track" aria-hidden="true">
          {Array.from({ length: 8 }, (_, index) => (
            <Skeleton key={index} className="landing-card" />
          ))}
        </div>
      )}
      {browse.isError && browse.data === undefined && (
        <div className="landing-empty">
          <ProblemNotice error={browse.error} onRetry={() => void browse.refetch()} />
        </div>
      )}
      {browse.data !== undefined && rows.length === 0 && <Empty />}
      {rows.map((row) => (
        <Shelf key={row.row_id} name={row.name}>
          {row.items.map((card) => (
            <li key={card.title_id}>
              <TitleCardLink model={landingCard(card)} />
            </li>
          ))}
        </Shelf>
      ))}
      <Promises />
    </div>
  );
}
