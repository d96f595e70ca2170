import "./genre.css";

import { Link } from "react-router";

import type { GenreCount } from "@/api/library";
import { genreName, genrePath } from "@/cards/model";
import { useI18n } from "@/i18n";
import { usePageTitle } from "@/ui/page";
import { Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { nameNumber } from "@/ui/Poster";
import { useSpatialNavigation } from "@/ui/spatial";

import { useGenres } from "./useGenres";

const HUES = 6;

export function GenreTiles({ genres }: { genres: readonly GenreCount[] }) {
  const speech = useI18n();
  return (
    <ul className="genre-grid">
      {genres.map(({ genre, titles }) => (
        <li key={genre}>
          <Link to={genrePath(genre)} className={`genre-tile poster-hue-${nameNumber(genre) % HUES}`}>
            <span className="genre-name">{genreName(speech, genre)}</span>
            <span className="genre-count">{speech.t("genres.titles", { count: titles })}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** All genres that have something to see. */
export function GenresPage() {
  const { t } = useI18n();
  usePageTitle(t("genres.title"));
  useSpatialNavigation();
  const genres = useGenres();
  return (
    <div className="page" aria-busy={genres.isPending}>
      <h1 className="page-heading" tabIndex={-1}>
        {t("genres.title")}
      </h1>
      {genres.isError && genres.data === undefined && <ProblemNotice error={genres.error} onRetry={() => void genres.refetch()} />}
      {genres.isPending && (
        <div className="genre-grid" aria-hidden="true">
          {Array.from({ length: 12 }, (_, index) => (
            <Skeleton key={index} className="genre-tile" />
          ))}
        </div>
      )}
      {genres.data?.length === 0 && (
        <Notice title={t("genres.empty")} />
      )}
      {genres.data !== undefined && <GenreTiles genres={genres.data} />}
    </div>
  );
}
