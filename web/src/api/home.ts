import { call, query, segment } from "./http";
import type { Card } from "./library";

/** The home page: rows made for whoever is watching. */

export type RowKind = "continue" | "list" | "top" | "trending" | "new" | "hot" | "because" | "genre" | "coming";
/** Where a row came from: made now, kept, kept too long, or the same for everybody. */
export type RowSource = "fresh" | "cached" | "stale" | "generic";

export type HomeItem = Card & {
  /** 1 and up in the top 10, else null. */
  rank: number | null;
  resume_seconds: number | null;
  /** 0 to 1. */
  watched_fraction: number | null;
  up_next: boolean;
  series_name?: string | null;
};

export type HomeRow = {
  row_id: string;
  name: string;
  kind: RowKind;
  reason: string | null;
  because: { title_id: string; name: string } | null;
  source: RowSource;
  items: HomeItem[];
};

export type HomePage = { featured: Card | null; rows: HomeRow[]; next_cursor: string | null; left_out: string[]; page_id: string };
export type RowPage = { row: HomeRow; next_cursor: string | null };

export function getHome(cursor: string | null, limit: number, signal?: AbortSignal): Promise<HomePage> {
  return call<HomePage>(`/api/v1/home${query({ limit, cursor })}`, { signal });
}

export function getHomeRow(rowId: string, cursor: string | null, limit: number, signal?: AbortSignal): Promise<RowPage> {
  return call<RowPage>(`/api/v1/home/rows/${segment(rowId)}${query({ limit, cursor })}`, { signal });
}
