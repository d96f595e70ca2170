import type { TitleCard, TitleDetail } from "@/api/types";

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
  if (title === undefined) return false;
  const waiting = !title.playable || title.complete === false || title.episodes.some((episode) => !episode.playable);
  return waiting ? 4000 : false;
}
