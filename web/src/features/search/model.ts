import { MAX_QUERY, type Found, type Suggestion } from "@/api/search";
import { genrePath } from "@/cards/model";

/** What to ask for, of what stands in the box. */
export function tidy(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, MAX_QUERY);
}

/** Where a suggestion leads. */
export function suggestionPath({ kind, text, title_id, person_id }: Suggestion): string {
  if (kind === "title" && title_id !== null) return `/title/${encodeURIComponent(title_id)}`;
  if (kind === "person" && person_id !== null) return `/person/${encodeURIComponent(person_id)}`;
  if (kind === "genre") return genrePath(text);
  return searchPath(text);
}

export function searchPath(q: string): string {
  return `/search?q=${encodeURIComponent(q)}`;
}

/** Which suggestion an arrow leads to: -1 is the box itself; `past` is beyond the last one. */
export function nextOption(key: string, at: number, count: number): number | "past" | null {
  if (key === "ArrowDown") return at + 1 < count ? at + 1 : "past";
  if (key === "ArrowUp") return at < 0 ? null : at - 1;
  return null;
}

/** All results of the pages so far, each title once. */
export function resultsOf(pages: readonly Found[]): Found["items"] {
  return [...new Map(pages.flatMap((page) => page.items).map((card) => [card.title_id, card])).values()];
}
