import type { TitleCard, TitleDetail } from "@/api/types";
import type { Protocol } from "@/player/core/state";

/** DASH where the browser has Media Source Extensions, HLS otherwise; the address may say which. */
export function chooseProtocol(wanted: string | null, mediaSource: boolean): Protocol {
  if (wanted === "hls" || wanted === "dash") return wanted;
  return mediaSource ? "dash" : "hls";
}

/** The line below an episode's name; null for everything else. */
export function contextOf(title: TitleDetail | undefined, series: TitleDetail | undefined): string | null {
  if (title?.kind !== "episode") return null;
  const place = `Season ${title.season_number ?? 1}, episode ${title.episode_number ?? 1}`;
  return series === undefined ? place : `${series.name} · ${place}`;
}

function place(episode: TitleCard): number {
  return (episode.season_number ?? 0) * 100_000 + (episode.episode_number ?? 0);
}

/** The next episode that can be played, across seasons; null at the end. */
export function nextEpisode(episodes: readonly TitleCard[], currentId: string): TitleCard | null {
  const current = episodes.find((episode) => episode.title_id === currentId);
  if (current === undefined) return null;
  const later = episodes.filter((episode) => episode.playable && place(episode) > place(current));
  return later.sort((a, b) => place(a) - place(b))[0] ?? null;
}
