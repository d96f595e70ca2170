import { call, command, query, segment } from "./http";
import { ApiProblem } from "./problem";
import type { CreditRole } from "./library";
import type { ArtworkKind, Candidate, Marker, Rating, TitleCard, TitleChange } from "./types";

/** What editors change of a title beyond what its card shows, and the drafts that they keep aside. */

const TITLES = "/api/v1/studio/titles";

export type PersonChange = { name: string; role: CreditRole; character: string; person_id: string };

export type FullChange = TitleChange & {
  original_name?: string;
  people?: PersonChange[];
  tags?: string[];
  ratings?: Rating[];
  languages?: string[];
  released_on?: string | null;
  hot?: boolean;
  announced?: boolean;
  markers?: Marker[];
};

/** A change that is kept aside; `conflicts` are fields that somebody else changed since, to something else. */
export type TitleDraft = { title_id: string; change: FullChange; base_version: number; revision: number; changed_at: string; conflicts: string[] };
/** A picture to choose from: a frame of the film, or one that was sent, which is for one kind alone. */
export type FullCandidate = Candidate & { origin?: "frame" | "sent"; kind?: ArtworkKind | null; chosen?: boolean };
export type KnownPerson = { person_id: string; name: string };

export const studioKeys = {
  draft: (id: string) => ["studio-draft", id] as const,
  people: (words: string) => ["studio-people", words] as const,
  genres: ["studio-genres"] as const,
};

/** The twenty genres that have shelves of their own. */
export async function listStudioGenres(signal?: AbortSignal): Promise<string[]> {
  return (await call<{ items: string[] }>("/api/v1/studio/genres", { signal })).items;
}

export async function findPeople(words: string, signal?: AbortSignal): Promise<KnownPerson[]> {
  type Suggestion = { text: string; kind: string; person_id: string | null };
  const { items } = await call<{ items: Suggestion[] }>(`/api/v1/search/suggestions${query({ q: words, limit: 8 })}`, { signal });
  return items.flatMap((one) => (one.kind === "person" && one.person_id !== null ? [{ person_id: one.person_id, name: one.text }] : []));
}

/** The draft of a title, null when it has none. */
export async function getDraft(id: string, signal?: AbortSignal): Promise<TitleDraft | null> {
  try {
    return await call<TitleDraft>(`${TITLES}/${segment(id)}/draft`, { signal });
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.status === 404) return null;
    throw problem;
  }
}

export function saveDraft(id: string, change: FullChange): Promise<void> {
  return command(`${TITLES}/${segment(id)}/draft`, { method: "PUT", json: change });
}

export function discardDraft(id: string): Promise<void> {
  return command(`${TITLES}/${segment(id)}/draft`, { method: "DELETE" });
}

/** Apply a draft; refused with 409 when somebody changed one of its fields meanwhile. */
export function publishDraft(id: string): Promise<TitleCard> {
  return call<TitleCard>(`${TITLES}/${segment(id)}/draft/publish`, { method: "POST" });
}
