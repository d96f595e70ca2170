import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState, type SyntheticEvent } from "react";
import { useNavigate } from "react-router";

import { beginTmdbImport, importKeys, searchTmdb, type TmdbFound, type TmdbKind } from "@/api/imports";
import { Button, Skeleton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

type Asked = { kind: TmdbKind; words: string };

function Results({ asked, busy, onTake }: { asked: Asked; busy: boolean; onTake: (found: TmdbFound) => void }) {
  const found = useQuery({ queryKey: importKeys.tmdb(asked.kind, asked.words), queryFn: ({ signal }) => searchTmdb(asked.kind, asked.words, signal), retry: 0 });
  if (found.isError) return <p role="alert" className="field-error">{`${tell(found.error).title}. ${tell(found.error).sentence}`}</p>;
  if (found.data === undefined) return <Skeleton className="line-skeleton" />;
  if (found.data.length === 0) return <p className="empty">{`TMDB finds nothing for “${asked.words}”.`}</p>;
  return (
    <ul className="job-list" aria-label="Found at TMDB">
      {found.data.map((one) => (
        <li key={one.tmdb_id} className="upload-line">
          <div className="job-words">
            <strong>
              {one.name}
              {one.year === null ? "" : ` (${one.year})`}
            </strong>
            <span className="upload-facts clamp">{one.overview}</span>
          </div>
          <Button small look="primary" disabled={busy} onClick={() => onTake(one)}>
            Import<span className="visually-hidden"> {one.name}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** Finds films and series at TMDB and imports them one by one. */
export function TmdbSearch({ available }: { available: boolean }) {
  const id = useId();
  const navigate = useNavigate();
  const [words, setWords] = useState("");
  const [kind, setKind] = useState<TmdbKind>("movie");
  const [asked, setAsked] = useState<Asked | null>(null);
  const take = useMutation({ mutationFn: (found: TmdbFound) => beginTmdbImport(found.kind, [found.tmdb_id], "members"), onSuccess: (importId) => navigate(`/studio/imports/${importId}`) });
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (words.trim() !== "") setAsked({ kind, words: words.trim() });
  };
  if (!available) {
    return (
      <p className="section-lead">
        To import from TMDB, set your key as <code>tmdb_api_key</code> in the <code>[catalogue]</code> table of the settings and start the service again.
      </p>
    );
  }
  return (
    <>
      <form className="form-row form-row-end" onSubmit={onSubmit} role="search" aria-label="TMDB">
        <div className="field form-wide">
          <label htmlFor={`${id}-words`}>Name</label>
          <input id={`${id}-words`} type="search" maxLength={200} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-kind`}>Kind</label>
          <select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.currentTarget.value as TmdbKind)}>
            <option value="movie">Films</option>
            <option value="tv">Series</option>
          </select>
        </div>
        <Button type="submit" look="quiet" icon="search">
          Search
        </Button>
      </form>
      {take.isError && <p role="alert" className="field-error">{tell(take.error).sentence}</p>}
      {asked !== null && <Results asked={asked} busy={take.isPending} onTake={(found) => take.mutate(found)} />}
      <p className="field-hint">This product uses the TMDB API but is not endorsed or certified by TMDB.</p>
    </>
  );
}
