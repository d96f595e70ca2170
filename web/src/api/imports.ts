import { call, query, segment } from "./http";
import type { Audience, Kind } from "./types";

/** Titles from elsewhere: lists in CSV, NFO side files, TMDB. */

const IMPORTS = "/api/v1/studio/catalogue/imports";

export type ImportFormat = "csv" | "nfo" | "tmdb";
export type ImportState = "queued" | "running" | "done" | "failed" | "cancelled";
export type ImportAction = "created" | "changed" | "unchanged" | "refused";

export type ImportCounts = { rows: number; created: number; changed: number; unchanged: number; refused: number };
export type ImportProblem = { line: number; name: string; reason: string; refused: boolean };
export type ImportPlanned = { line: number; name: string; kind: Kind | null; action: ImportAction; fields: string[]; kept: string[]; title_id: string | null };

export type ImportLine = ImportCounts & {
  import_id: string;
  state: ImportState;
  format: ImportFormat;
  name: string;
  dry_run: boolean;
  fraction: number;
  problems_total: number;
  failure: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
};

export type ImportView = ImportLine & {
  source: string;
  audience: Audience;
  encoding: string;
  /** The first 200 of `problems_total`. */
  problems: ImportProblem[];
  /** The first 200 titles that were made or changed or, of a dry run, would be. */
  plan: ImportPlanned[];
};

export type ImportList = { items: ImportLine[]; tmdb: boolean };
export type ImportOptions = { audience: Audience; source: string };
export type TmdbKind = "movie" | "tv";
export type TmdbFound = { tmdb_id: number; kind: TmdbKind; name: string; year: number | null; overview: string };

export const importKeys = {
  all: ["imports"] as const,
  list: ["imports", "list"] as const,
  one: (id: string) => ["imports", "one", id] as const,
  tmdb: (kind: TmdbKind, words: string) => ["imports", "tmdb", kind, words] as const,
};

export function listImports(signal?: AbortSignal): Promise<ImportList> {
  return call<ImportList>(`${IMPORTS}${query({ limit: 30 })}`, { signal });
}

export function getImport(id: string, signal?: AbortSignal): Promise<ImportView> {
  return call<ImportView>(`${IMPORTS}/${segment(id)}`, { signal });
}

export function cancelImport(id: string): Promise<ImportView> {
  return call<ImportView>(`${IMPORTS}/${segment(id)}/cancel`, { method: "POST" });
}

/** Send a file of up to 64 MiB; the answer comes as soon as it is stored. */
export async function beginImport(file: File, how: "dry" | "real", options: ImportOptions): Promise<string> {
  const format = file.name.toLowerCase().endsWith(".nfo") ? "nfo" : "csv";
  const asked = query({ format, name: file.name, dry_run: how === "dry" ? "true" : "false", audience: options.audience, source: options.source });
  const begun = await call<{ import_id: string }>(`${IMPORTS}${asked}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" }, timeoutMs: 300_000 });
  return begun.import_id;
}

export async function beginTmdbImport(kind: TmdbKind, ids: number[], audience: Audience): Promise<string> {
  const begun = await call<{ import_id: string }>(`${IMPORTS}/tmdb`, { method: "POST", json: { kind, tmdb_ids: ids, audience } });
  return begun.import_id;
}

export async function searchTmdb(kind: TmdbKind, words: string, signal?: AbortSignal): Promise<TmdbFound[]> {
  const found = await call<{ items: TmdbFound[] }>(`${IMPORTS}/tmdb${query({ kind, query: words })}`, { signal, timeoutMs: 60_000 });
  return found.items;
}
