import { call, command, query, segment } from "./http";
import type { StreamGrant } from "./types";

/** Ask to play a title; the answer stops working at `expires_at`. */
export function openStream(titleId: string, signal?: AbortSignal): Promise<StreamGrant> {
  return call<StreamGrant>(`/api/v1/stream${query({ movie_id: titleId })}`, { signal });
}

export type WatchState = "playing" | "paused" | "buffering" | "ended";
/** `event_ms` says when it was so, in Unix milliseconds; 0 for when it arrives. */
export type Progress = { session_id: string; movie_id: string; position_seconds: number; state: WatchState; event_ms: number };

/** Say where somebody is in a film, which keeps the stream theirs; refused with 410 once it has been ended elsewhere. */
export function reportProgress(progress: Progress, haste: "leaving" | "staying" = "staying"): Promise<void> {
  return command("/api/v1/stream/progress", { method: "POST", json: progress, keepalive: haste === "leaving" });
}

/** Give the stream back. Meant to outlive the page. */
export function endStream(sessionId: string): Promise<void> {
  return command("/api/v1/stream/end", { method: "POST", json: { session_id: sessionId }, keepalive: true });
}

/** A film that plays now on this account; `current` is true for this very sign-in. */
export type ActiveStream = { session_id: string; profile_id: string; title_name: string; user_agent: string; current: boolean };

export function listStreams(signal?: AbortSignal): Promise<{ items: ActiveStream[] }> {
  return call<{ items: ActiveStream[] }>("/api/v1/streams", { signal });
}

/** Stop one of the account's own streams. */
export function stopStream(sessionId: string): Promise<void> {
  return command(`/api/v1/streams/${segment(sessionId)}`, { method: "DELETE" });
}
