import { useQuery } from "@tanstack/react-query";

import { listStudioGenres, studioKeys } from "@/api/studioTitles";

import { LIMITS } from "./draft";

const GENRES = ["Action", "Adventure", "Animation", "Anime", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History", "Horror", "Independent", "Music", "Mystery", "Reality", "Romance", "Science Fiction", "Sport", "Thriller"];

/** The twenty genres as checks; words of older titles that are none of them stay until they are taken away. */
export function GenreChecks({ chosen, onChange }: { chosen: readonly string[]; onChange: (genres: string[]) => void }) {
  const known = useQuery({ queryKey: studioKeys.genres, queryFn: ({ signal }) => listStudioGenres(signal), staleTime: Infinity, retry: 0 }).data ?? GENRES;
  const shown = [...known, ...chosen.filter((genre) => !known.includes(genre))];
  const full = chosen.length >= LIMITS.genres;
  return (
    <fieldset className="checks">
      <legend>Genres</legend>
      <p className="field-hint">{`Eight at most. The first one counts most. ${chosen.length === 0 ? "None chosen." : `Chosen: ${chosen.join(", ")}.`}`}</p>
      <div className="checks-grid">
        {shown.map((genre) => {
          const on = chosen.includes(genre);
          return (
            <label key={genre} className="check">
              <input type="checkbox" checked={on} disabled={!on && full} onChange={() => onChange(on ? chosen.filter((one) => one !== genre) : [...chosen, genre])} />
              <span>{genre}</span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
