import { call, command, query, segment } from "./http";
import type { Card } from "./types";

/** What a profile has watched, where it stopped, and what it keeps for later. */

export type Thumb = "down" | "up" | "double-up";

export type WatchedPart = { resume_seconds: number; watched_fraction: number | null; completed: boolean; watched_at: string | null };

/** What a title is to who is watching. */
export type Mine = {
  title_id: string;
  in_my_list: boolean;
  thumb: Thumb | null;
  resume_seconds: number;
  watched_fraction: number | null;
  completed: boolean;
  episodes: Record<string, WatchedPart>;
  continue_with: string | null;
};

export type HistoryLine = {
  title_id: string;
  /** Null when the title is gone, or not for this profile any more. */
  card: Card | null;
  name: string;
  series: Card | null;
  watched_at: string;
  position_seconds: number;
  duration_seconds: number;
  completed: boolean;
};

export type HistoryPage = { items: HistoryLine[]; next_cursor: string | null };

const HISTORY = "/api/v1/history";

export function getMine(titleId: string, signal?: AbortSignal): Promise<Mine> {
  return call<Mine>(`/api/v1/mine/${segment(titleId)}`, { signal });
}

/** Put a title into My List: to the front, or before another. Also moves. */
export function keepInList(titleId: string, before: string | null = null): Promise<void> {
  return command(`/api/v1/my-list/${segment(titleId)}`, { method: "PUT", json: { before } });
}

export function dropFromList(titleId: string): Promise<void> {
  return command(`/api/v1/my-list/${segment(titleId)}`, { method: "DELETE" });
}

/** Say what one thinks of a title; null takes it back. */
export function giveThumb(titleId: string, thumb: Thumb | null): Promise<void> {
  const path = `/api/v1/thumbs/${segment(titleId)}`;
  return thumb === null ? command(path, { method: "DELETE" }) : command(path, { method: "PUT", json: { thumb } });
}

export function listHistory(cursor: string | null, signal?: AbortSignal): Promise<HistoryPage> {
  return call<HistoryPage>(`${HISTORY}${query({ limit: 50, cursor })}`, { signal });
}

/** Take a title out of the history. Outlives the page, as it may be asked for when somebody leaves. */
export function forgetTitle(titleId: string): Promise<void> {
  return command(`${HISTORY}/${segment(titleId)}`, { method: "DELETE", keepalive: true });
}

export function forgetAll(): Promise<void> {
  return command(HISTORY, { method: "DELETE" });
}

export function historyExportPath(format: "json" | "csv"): string {
  return format === "csv" ? `${HISTORY}/export/csv` : `${HISTORY}/export`;
}
