import { call, query } from "./http";
import type { Card } from "./library";

/** Finding titles and people. */

export type FoundPerson = { person_id: string; name: string; titles: number };
export type Found = { items: Card[]; people: FoundPerson[]; did_you_mean: string | null; next_cursor: string | null; degraded: boolean };
export type Suggestion = { text: string; kind: "title" | "person" | "genre"; title_id: string | null; person_id: string | null };

/** What the service takes at most, in characters. */
export const MAX_QUERY = 200;

export function search(q: string, cursor: string | null, signal?: AbortSignal): Promise<Found> {
  return call<Found>(`/api/v1/search${query({ q, limit: 24, cursor })}`, { signal });
}

export async function suggest(q: string, signal?: AbortSignal): Promise<Suggestion[]> {
  return (await call<{ items: Suggestion[] }>(`/api/v1/search/suggestions${query({ q, limit: 8 })}`, { signal })).items;
}
