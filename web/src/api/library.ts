import { call, segment } from "./http";
import type { Kind } from "./types";

/** The catalogue as pages for viewers show it: cards, genres, people. */

export type Artwork = { poster: string | null; backdrop: string | null };

export type Card = {
  title_id: string;
  kind: Kind;
  name: string;
  /** At most 300 characters. */
  synopsis: string;
  year: number | null;
  genres: string[];
  /** Age rating in years. */
  maturity: number;
  /** Whether pressing play works now; of a series, whether an episode plays. */
  playable: boolean;
  /** Listed without anything to play. */
  announced: boolean;
  hot: boolean;
  duration_seconds: number | null;
  max_height: number | null;
  series_id: string | null;
  season_number: number | null;
  episode_number: number | null;
  artwork: Artwork;
  released_on: string | null;
};

export type GenreCount = { genre: string; titles: number };
export type CreditRole = "actor" | "director" | "writer" | "producer" | "composer" | "creator";
export type PersonPage = { person_id: string; name: string; items: { role: CreditRole; character: string; title: Card }[] };

export async function listGenres(signal?: AbortSignal): Promise<GenreCount[]> {
  return (await call<{ items: GenreCount[] }>("/api/v1/genres", { signal })).items;
}

export function getPerson(id: string, signal?: AbortSignal): Promise<PersonPage> {
  return call<PersonPage>(`/api/v1/people/${segment(id)}`, { signal });
}
