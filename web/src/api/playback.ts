import { call, query } from "./http";
import type { StreamGrant } from "./types";

/** Ask to play a title; the answer stops working at `expires_at`. */
export function openStream(titleId: string, signal?: AbortSignal): Promise<StreamGrant> {
  return call<StreamGrant>(`/api/v1/stream${query({ movie_id: titleId })}`, { signal });
}
