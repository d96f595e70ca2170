import { artworkAt } from "@/api/catalogue";
import type { ProfileView } from "@/api/session";
import type { Card, TitleCard, TitleDetail } from "@/api/types";
import type { Translator } from "@/i18n";
import { ASK_ALWAYS } from "@/player/core/skipping";
import type { Protocol } from "@/player/core/state";
import type { NextUp } from "@/player/shell/Controls";
import type { Habits } from "@/player/shell/PlayerView";

/** DASH where the browser has Media Source Extensions, HLS otherwise; the address may say which. */
export function chooseProtocol(wanted: string | null, mediaSource: boolean): Protocol {
  if (wanted === "hls" || wanted === "dash") return wanted;
  return mediaSource ? "dash" : "hls";
}

type Placed = Pick<TitleCard, "season_number" | "episode_number">;

function placeText(episode: Placed, t: Translator["t"]): string {
  return t("watch.place", { season: episode.season_number ?? 1, episode: episode.episode_number ?? 1 });
}

/** The line below an episode's name; null for everything else. */
export function contextOf(title: TitleDetail | undefined, series: TitleDetail | undefined, t: Translator["t"]): string | null {
  if (title?.kind !== "episode") return null;
  const place = placeText(title, t);
  return series === undefined ? place : t("watch.place-in", { series: series.name, place });
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

type NextCard = Pick<Card, "title_id" | "name" | "artwork"> & Placed;

/** The next episode as the player shows it. */
export function nextUp(next: NextCard | null, t: Translator["t"]): NextUp | null {
  if (next === null) return null;
  const picture = next.artwork.backdrop ?? next.artwork.poster;
  return { titleId: next.title_id, to: `/watch/${next.title_id}`, name: next.name, line: placeText(next, t), pictureUrl: picture === null ? null : artworkAt(picture, 480) };
}

/** What a profile wants the player to do by itself; everything is asked of those without one. */
export function habitsOf(profile: ProfileView | null): Habits {
  if (profile === null) return { skip: ASK_ALWAYS, autoplay: "on" };
  return { skip: { intro: profile.skip_intro, recap: profile.skip_recap, credits: profile.skip_credits }, autoplay: profile.autoplay_next ? "on" : "off" };
}
