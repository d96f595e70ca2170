import "./search.css";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";

import { listGenres } from "@/api/library";
import { keys } from "@/api/queries";
import type { Found } from "@/api/search";
import { CardGrid, GridSkeleton } from "@/cards/Grid";
import { genreName, genrePath } from "@/cards/model";
import { Rich, useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Button } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Sentinel } from "@/ui/Sentinel";
import { useSpatialNavigation } from "@/ui/spatial";

import { resultsOf, searchPath, tidy } from "./model";
import { SearchBox } from "./SearchBox";
import { useFound, useSettled, useSuggestions } from "./useSearch";

function Genres() {
  const speech = useI18n();
  const genres = useQuery({ queryKey: keys.genres, queryFn: ({ signal }) => listGenres(signal), staleTime: 300_000 });
  if (genres.data === undefined) return <div className="search-chips search-chips-waiting" aria-hidden="true" />;
  return (
    <ul className="search-chips" aria-label={speech.t("search.browse")}>
      {genres.data.slice(0, 20).map(({ genre }) => (
        <li key={genre}>
          <Link className="search-chip" to={genrePath(genre)}>
            {genreName(speech, genre)}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Start() {
  const { t } = useI18n();
  return (
    <section className="search-start">
      <h2>{t("search.start")}</h2>
      <p>{t("search.start-sentence")}</p>
      <Genres />
    </section>
  );
}

function Nothing({ q }: { q: string }) {
  const { t } = useI18n();
  return (
    <section className="search-start">
      <h2>{t("search.none", { query: q })}</h2>
      <p>{t("search.none-sentence")}</p>
      <Genres />
    </section>
  );
}

function People({ people }: { people: Found["people"] }) {
  const { t } = useI18n();
  if (people.length === 0) return null;
  return (
    <ul className="search-chips" aria-label={t("search.people")}>
      {people.map((person) => (
        <li key={person.person_id}>
          <Link className="search-chip search-person" to={`/person/${encodeURIComponent(person.person_id)}`}>
            <Icon name="person" />
            <bdi>{person.name}</bdi>
            <span className="search-person-titles">{t("search.person-titles", { count: person.titles })}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** What was meant, and what is not as it should be. The line keeps its height: results do not jump. */
function Notes({ first }: { first: Found }) {
  const { t } = useI18n();
  const { did_you_mean: meant, degraded } = first;
  return (
    <>
      {degraded && (
        <p className="search-degraded">
          <Icon name="warning" />
          {t("search.degraded")}
        </p>
      )}
      {meant !== null && (
        <p className="search-meant">
          <Rich
            id="search.meant"
            values={{
              query: <bdi>{meant}</bdi>,
              link: (chunks) => (
                <Link to={searchPath(meant)} replace>
                  {chunks}
                </Link>
              ),
            }}
          />
        </p>
      )}
    </>
  );
}

function Results({ q, found }: { q: string; found: ReturnType<typeof useFound> }) {
  const { t } = useI18n();
  const [first] = found.data?.pages ?? [];
  if (first === undefined) {
    if (found.isError) return <ProblemNotice error={found.error} onRetry={() => void found.refetch()} />;
    return <GridSkeleton />;
  }
  const cards = resultsOf(found.data?.pages ?? []);
  if (cards.length === 0 && first.people.length === 0) {
    return (
      <>
        <Notes first={first} />
        <Nothing q={q} />
      </>
    );
  }
  return (
    <div className={found.isPlaceholderData ? "search-results search-results-former" : "search-results"} aria-busy={found.isPlaceholderData}>
      <Notes first={first} />
      <People people={first.people} />
      <CardGrid label={t("search.results")} cards={cards} testId="results" />
      {found.isFetchNextPageError ? (
        <div className="search-more" role="alert">
          <p>{t("search.more-failed")}</p>
          <Button onClick={() => void found.fetchNextPage()}>{t("common.retry")}</Button>
        </div>
      ) : (
        found.hasNextPage && <Sentinel active={!found.isFetchingNextPage} onNear={() => void found.fetchNextPage()} />
      )}
    </div>
  );
}

/** How many there are, said aloud once the typing has stopped. */
function Count({ q, found }: { q: string; found: ReturnType<typeof useFound> }) {
  const { t } = useI18n();
  const count = resultsOf(found.data?.pages ?? []).length;
  const words = found.isPending || found.isPlaceholderData ? t("search.searching", { query: q }) : t(found.hasNextPage ? "search.count-more" : "search.count", { count, query: q });
  return (
    <p className="search-count" role="status">
      {q === "" || found.isError ? "" : words}
    </p>
  );
}

/** What the box holds goes into the address, so that going back brings it back; other ways to a query come into the box. */
function useAsked() {
  const [parameters, setParameters] = useSearchParams();
  const inAddress = parameters.get("q") ?? "";
  const [text, setText] = useState(inAddress);
  const written = useRef(inAddress);
  const q = useSettled(tidy(text));
  useEffect(() => {
    if (inAddress === written.current) return;
    written.current = inAddress;
    setText(inAddress);
  }, [inAddress]);
  useEffect(() => {
    if (q === written.current || q !== tidy(text)) return;
    written.current = q;
    setParameters(q === "" ? {} : { q }, { replace: true, preventScrollReset: true });
  }, [q, text, setParameters]);
  return { text, setText, q };
}

/** Search as one types. */
export function SearchPage() {
  const { t } = useI18n();
  useSpatialNavigation();
  const { text, setText, q } = useAsked();
  const found = useFound(q);
  const suggestions = useSuggestions(q);
  const page = useRef<HTMLDivElement>(null);
  usePageTitle(q === "" ? t("search.title") : t("search.title-of", { query: q }));
  const intoResults = () => page.current?.querySelector<HTMLElement>(".search-found a[href]")?.focus();
  return (
    <div className="page search-page" ref={page}>
      <h1 className="visually-hidden" tabIndex={-1}>
        {q === "" ? t("search.title") : t("search.title-of", { query: q })}
      </h1>
      <SearchBox text={text} onText={setText} suggestions={q === "" ? [] : (suggestions.data ?? [])} onLeave={intoResults} />
      <div className="search-found">
        <Count q={q} found={found} />
        {q === "" ? <Start /> : <Results q={q} found={found} />}
      </div>
    </div>
  );
}
