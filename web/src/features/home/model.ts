import type { HomeItem, HomePage, HomeRow, RowKind } from "@/api/home";
import { genreName } from "@/cards/model";
import type { MessageKey, Translator } from "@/i18n";

const NAMES: Readonly<Partial<Record<RowKind, MessageKey>>> = {
  continue: "home.row.continue",
  list: "home.row.list",
  top: "home.row.top",
  trending: "home.row.trending",
  new: "home.row.new",
  hot: "home.row.hot",
  coming: "home.row.coming",
};

/** A row's heading in the viewer's language; the service's own words where a row is of a kind not known here. */
export function rowName(row: Pick<HomeRow, "kind" | "name" | "because">, speech: Translator): string {
  if (row.kind === "because" && row.because !== null) return speech.t("home.row.because", { name: row.because.name });
  if (row.kind === "genre") return genreName(speech, row.name);
  const key = NAMES[row.kind];
  return key === undefined ? row.name : speech.t(key);
}

/** What to say of a row that is not made for this moment; null for most. */
export function rowNote(row: Pick<HomeRow, "source">, speech: Translator): string | null {
  if (row.source === "stale") return speech.t("home.stale");
  return row.source === "generic" ? speech.t("home.generic") : null;
}

export type RowLook = "tall" | "wide" | "ranked";

export function rowLook(kind: RowKind): RowLook {
  if (kind === "continue") return "wide";
  return kind === "top" ? "ranked" : "tall";
}

/** All rows that have something in them, each once, in the order in which the pages brought them. */
export function rowsOf(pages: readonly HomePage[]): HomeRow[] {
  const seen = new Set<string>();
  return pages.flatMap((page) =>
    page.rows.filter((row) => {
      const fresh = row.items.length > 0 && !seen.has(row.row_id);
      seen.add(row.row_id);
      return fresh;
    }),
  );
}

/** Pages without one title in the row of what to go on with. Of an episode all of its series goes, as the service does it. */
export function withoutContinuing(pages: readonly HomePage[], gone: HomeItem): HomePage[] {
  const stays = (item: HomeItem) => item.title_id !== gone.title_id && (gone.series_id === null || item.series_id !== gone.series_id);
  return pages.map((page) => ({ ...page, rows: page.rows.map((row) => (row.kind === "continue" ? { ...row, items: row.items.filter(stays) } : row)) }));
}

/** Children see what plays now: nothing that is on its way. */
export function playableRows(rows: readonly HomeRow[]): HomeRow[] {
  return rows.map((row) => ({ ...row, items: row.items.filter((item) => item.playable) })).filter((row) => row.items.length > 0);
}

/** Whether the page knows nothing of this profile yet. */
export function isNewcomer(rows: readonly HomeRow[]): boolean {
  return !rows.some((row) => row.kind === "continue" || row.kind === "list" || row.kind === "because");
}

/** How much of a film is left, in seconds; null where that makes no sense. */
export function leftSeconds(item: HomeItem): number | null {
  if (item.resume_seconds === null || item.duration_seconds === null || item.up_next) return null;
  const left = item.duration_seconds - item.resume_seconds;
  return left > 0 ? left : null;
}

/** Whether somebody still sees the first page only, and most of it was left out, as on a cold start. */
export function isCutShort(pages: readonly HomePage[]): boolean {
  const [first, ...more] = pages;
  return first !== undefined && more.length === 0 && first.left_out.length > 0 && first.rows.length < 3;
}

/** Whether nothing at all is there to see. */
export function isEmpty(pages: readonly HomePage[]): boolean {
  return pages.every((page) => page.featured === null && page.next_cursor === null && page.rows.every((row) => row.items.length === 0));
}
