import type { Mine, WatchedPart } from "@/api/history";
import type { Card, Credit, CreditRole, TitleCard, TitleDetail } from "@/api/types";

export type Season = { number: number; episodes: TitleCard[] };

/** Sort episodes into seasons, both ascending. */
export function seasonsOf(episodes: readonly TitleCard[]): Season[] {
  const seasons = new Map<number, TitleCard[]>();
  for (const episode of episodes) {
    const number = episode.season_number ?? 1;
    seasons.set(number, [...(seasons.get(number) ?? []), episode]);
  }
  return [...seasons.entries()]
    .sort(([a], [b]) => a - b)
    .map(([number, items]) => ({
      number,
      episodes: items.sort((a, b) => (a.episode_number ?? 0) - (b.episode_number ?? 0)),
    }));
}

/** The first episode that can be played, else the first of all; undefined for an empty series. */
export function firstEpisode(title: TitleDetail): TitleCard | undefined {
  const ordered = seasonsOf(title.episodes).flatMap((season) => season.episodes);
  return ordered.find((episode) => episode.playable) ?? ordered[0];
}

/** What pressing play plays, and how far somebody was in it. */
export type Target = { card: TitleCard; resumeSeconds: number; leftSeconds: number | null; fraction: number | null; begun: boolean };

function targetOf(card: TitleCard, part: Pick<WatchedPart, "resume_seconds" | "watched_fraction"> | undefined, begun: boolean): Target {
  const resumeSeconds = part?.resume_seconds ?? 0;
  const leftSeconds = resumeSeconds > 0 && card.duration_seconds !== null ? Math.max(0, card.duration_seconds - resumeSeconds) : null;
  return { card, resumeSeconds, leftSeconds, fraction: resumeSeconds > 0 ? (part?.watched_fraction ?? null) : null, begun };
}

/** What plays next of a title for somebody; null while nothing of it can be played. */
export function playTarget(title: TitleDetail, mine: Mine | undefined): Target | null {
  if (title.kind !== "series") return title.playable ? targetOf(title, mine, (mine?.resume_seconds ?? 0) > 0) : null;
  const wanted = title.episodes.find((one) => one.title_id === mine?.continue_with && one.playable);
  const episode = wanted ?? firstEpisode(title);
  if (episode?.playable !== true) return null;
  return targetOf(episode, mine?.episodes[episode.title_id], wanted !== undefined);
}

export function bestHeight(title: TitleDetail): number | null {
  const heights = title.renditions.map((rendition) => rendition.height);
  return heights.length === 0 ? title.max_height : Math.max(...heights);
}

/** Name each language once, in the order given. */
export function languageNames(items: readonly { language: string }[], name: (tag: string) => string): string {
  return [...new Set(items.map((item) => name(item.language)))].join(", ");
}

/** How soon to look again, in milliseconds; false when nothing will change by itself. */
export function refreshMs(title: TitleDetail | undefined): number | false {
  if (title === undefined || title.announced === true) return false;
  const waiting = !title.playable || title.complete === false || title.episodes.some((episode) => !episode.playable);
  return waiting ? 4000 : false;
}

/** A title as lists and shelves know it. */
export function cardOf(title: TitleDetail): Card {
  return { ...title, announced: title.announced ?? false, hot: title.hot ?? false, released_on: title.released_on ?? null };
}

/** Those who made it, by what they did; the cast is told apart. */
export const CREW: readonly CreditRole[] = ["creator", "director", "writer", "producer", "composer"];

export function peopleOf(people: readonly Credit[], role: CreditRole): Credit[] {
  return people.filter((one) => one.role === role);
}
