import type { FullChange, PersonChange } from "@/api/studioTitles";
import type { Audience, Marker, MarkerKind, Rating, TitleDetail } from "@/api/types";

import { clockText, secondsOf } from "./times";
import { windowDraft, windowOf, windowProblem, type WindowDraft } from "./WindowsEditor";

/** A title as its form holds it: everything as it is typed. */
export type MarkerDraft = { kind: MarkerKind; from: string; until: string };
export type Draft = {
  name: string;
  original_name: string;
  synopsis: string;
  year: string;
  released_on: string;
  languages: string;
  genres: string[];
  tags: string[];
  people: PersonChange[];
  ratings: Rating[];
  audience: Audience;
  maturity: string;
  windows: WindowDraft[];
  markers: MarkerDraft[];
  listed: boolean;
  featured: boolean;
  hot: boolean;
  announced: boolean;
};

export const LIMITS = { genres: 8, tags: 40, people: 200, ratings: 16, markers: 16, languages: 32 } as const;

/** A title with a waiting change laid over it. */
export function withChange(title: TitleDetail, change: FullChange): TitleDetail {
  return { ...title, ...change };
}

export function draftOf(title: TitleDetail): Draft {
  return {
    name: title.name,
    original_name: title.original_name ?? "",
    synopsis: title.synopsis,
    year: title.year === null ? "" : String(title.year),
    released_on: title.released_on ?? "",
    languages: (title.languages ?? []).join(", "),
    genres: title.genres,
    tags: title.tags ?? [],
    people: (title.people ?? []).map(({ name, role, character, person_id }) => ({ name, role, character, person_id })),
    ratings: title.ratings ?? [],
    audience: title.audience,
    maturity: String(title.maturity),
    windows: title.availability.map(windowDraft),
    markers: (title.markers ?? []).map(({ kind, starts_seconds, ends_seconds }) => ({ kind, from: clockText(starts_seconds), until: clockText(ends_seconds) })),
    listed: title.listed,
    featured: title.featured,
    hot: title.hot ?? false,
    announced: title.announced ?? false,
  };
}

export function languagesOf(typed: string): string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter((code) => code !== ""))];
}

/** What is wrong with the languages; null when they can be stored. */
export function languagesProblem(typed: string): string | null {
  const strange = languagesOf(typed).filter((code) => !/^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(code));
  return strange.length === 0 ? null : `Languages are codes such as en or pt-BR. Not: ${strange.join(", ")}.`;
}

/** What is wrong with a part; null when it can be stored. */
export function markerProblem(draft: MarkerDraft, durationSeconds: number | null): string | null {
  const [from, until] = [secondsOf(draft.from), secondsOf(draft.until)];
  if (from === null || until === null) return "Write times as minutes and seconds, such as 1:23.";
  if (until <= from) return "It ends before it starts.";
  if (durationSeconds !== null && until > durationSeconds + 1) return `The film ends at ${clockText(durationSeconds)}.`;
  return null;
}

/** What `changeOf` must not be asked for yet; null when everything can be stored. */
export function draftProblem(draft: Draft, durationSeconds: number | null): string | null {
  if (draft.name.trim() === "") return "Give the title a name.";
  const inParts = draft.markers.map((one) => markerProblem(one, durationSeconds)).find((one) => one !== null);
  const inWindows = draft.windows.map(windowProblem).find((one) => one !== null);
  if (draft.people.some((one) => one.name.trim() === "")) return "Somebody in the list of people has no name.";
  if (draft.ratings.some((one) => one.label.trim() === "")) return "A rating has no letters.";
  return languagesProblem(draft.languages) ?? inParts ?? inWindows ?? null;
}

function markersOf(drafts: MarkerDraft[], before: Marker[]): Marker[] {
  return drafts.map((draft, index) => {
    const old = before[index];
    const moment = (typed: string, was: number | undefined) => (was !== undefined && clockText(was) === typed.trim() ? was : (secondsOf(typed) ?? 0));
    return { kind: draft.kind, starts_seconds: moment(draft.from, old?.starts_seconds), ends_seconds: moment(draft.until, old?.ends_seconds) };
  });
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What a draft changes of a title; fields that stay are left out. */
export function changeOf(title: TitleDetail, draft: Draft): FullChange {
  const before = draftOf(title);
  const change: FullChange = {};
  const languages = languagesOf(draft.languages);
  if (draft.name.trim() !== title.name) change.name = draft.name.trim();
  if (draft.original_name.trim() !== before.original_name) change.original_name = draft.original_name.trim();
  if (draft.synopsis !== title.synopsis) change.synopsis = draft.synopsis;
  if (draft.year.trim() !== before.year) change.year = draft.year.trim() === "" ? null : Number(draft.year);
  if (draft.released_on !== before.released_on) change.released_on = draft.released_on === "" ? null : draft.released_on;
  if (!same(languages, title.languages ?? [])) change.languages = languages;
  if (!same(draft.genres, title.genres)) change.genres = draft.genres;
  if (!same(draft.tags, before.tags)) change.tags = draft.tags;
  if (!same(draft.people, before.people)) change.people = draft.people.map((one) => ({ ...one, name: one.name.trim(), character: one.character.trim() }));
  if (!same(draft.ratings, before.ratings)) change.ratings = draft.ratings.map((one) => ({ ...one, label: one.label.trim() }));
  if (draft.audience !== title.audience) change.audience = draft.audience;
  if (Number(draft.maturity) !== title.maturity) change.maturity = Number(draft.maturity);
  if (!same(draft.markers, before.markers)) change.markers = markersOf(draft.markers, title.markers ?? []);
  addWindows(title, draft, change);
  for (const flag of ["listed", "featured", "hot", "announced"] as const) {
    if (draft[flag] !== before[flag]) change[flag] = draft[flag];
  }
  return change;
}

function addWindows(title: TitleDetail, draft: Draft, change: FullChange): void {
  const availability = draft.windows.map((window, index) => windowOf(window, title.availability[index]));
  const before = title.availability.map(({ territories, starts_at, ends_at }) => ({ territories, starts_at, ends_at }));
  if (!same(availability, before)) change.availability = availability;
}

const NAMES: Record<keyof FullChange, string> = {
  name: "Name",
  original_name: "Original name",
  synopsis: "Synopsis",
  year: "Year",
  released_on: "Release date",
  languages: "Languages",
  genres: "Genres",
  tags: "Tags",
  people: "People",
  ratings: "Ratings",
  audience: "Audience",
  maturity: "Age rating",
  availability: "When and where",
  markers: "Parts to skip",
  listed: "Published",
  featured: "Featured",
  hot: "Hot",
  announced: "Announced",
};

/** The fields that a change sets, as the form calls them. */
export function fieldName(field: string): string {
  return (NAMES as Record<string, string>)[field] ?? field;
}

/** A value of a title in words, for comparing two of them. */
export function valueText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (!Array.isArray(value)) return "—";
  if (value.length === 0) return "—";
  if (field === "people") return (value as PersonChange[]).map((one) => `${one.name} (${one.role}${one.character === "" ? "" : `: ${one.character}`})`).join(", ");
  if (field === "ratings") return (value as Rating[]).map((one) => `${one.label} (${one.system.toUpperCase()})`).join(", ");
  if (field === "markers") return (value as Marker[]).map((one) => `${one.kind} ${clockText(one.starts_seconds)}–${clockText(one.ends_seconds)}`).join(", ");
  if (field === "availability") return `${value.length} ${value.length === 1 ? "window" : "windows"}`;
  return value.map((one) => (typeof one === "string" ? one : "…")).join(", ");
}
