import { call, command, query, segment } from "./http";
import type { ArtworkKind, BrowsePage, Candidate, NewTitle, TitleCard, TitleChange, TitleDetail, TitlePage } from "./types";

const studio = "/api/v1/studio/titles";

export function getBrowse(signal?: AbortSignal): Promise<BrowsePage> {
  return call<BrowsePage>("/api/v1/browse", { signal });
}

export function getTitle(id: string, signal?: AbortSignal): Promise<TitleDetail> {
  return call<TitleDetail>(`/api/v1/titles/${segment(id)}`, { signal });
}

export function listTitles(cursor: string | null, q: string, signal?: AbortSignal): Promise<TitlePage> {
  return call<TitlePage>(`${studio}${query({ limit: 50, cursor, q })}`, { signal });
}

export function createTitle(title: NewTitle): Promise<TitleCard> {
  return call<TitleCard>(studio, { method: "POST", json: title });
}

/** Change a title; with `version`, refused with 409 when somebody else was faster. */
export function changeTitle(id: string, change: TitleChange, version?: number): Promise<TitleCard> {
  const headers: Record<string, string> = version === undefined ? {} : { "If-Match": `"${version}"` };
  return call<TitleCard>(`${studio}/${segment(id)}`, { method: "PATCH", json: change, headers });
}

export function deleteTitle(id: string): Promise<void> {
  return command(`${studio}/${segment(id)}`, { method: "DELETE" });
}

export function putArtwork(id: string, kind: ArtworkKind, picture: Blob): Promise<TitleCard> {
  return call<TitleCard>(`${studio}/${segment(id)}/artwork/${kind}`, {
    method: "PUT",
    body: picture,
    headers: { "Content-Type": picture.type === "" ? "application/octet-stream" : picture.type },
    timeoutMs: 120_000,
  });
}

export function listCandidates(id: string, signal?: AbortSignal): Promise<{ items: Candidate[] }> {
  return call<{ items: Candidate[] }>(`${studio}/${segment(id)}/candidates`, { signal });
}

export function chooseArtwork(id: string, kind: ArtworkKind, candidatePath: string): Promise<TitleCard> {
  return call<TitleCard>(`${studio}/${segment(id)}/artwork/${kind}/choice`, {
    method: "POST",
    json: { candidate_path: candidatePath },
  });
}

/** Add the wanted width to an artwork address, which may carry a version already. */
export function artworkAt(url: string, width: 240 | 480 | 960 | 1920): string {
  const joiner = url.includes("?") ? "&" : "?";
  return `${url}${joiner}w=${width}`;
}
