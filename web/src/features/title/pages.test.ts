import { describe, expect, it } from "vitest";

import type { Mine, WatchedPart } from "@/api/history";
import type { TitleCard, TitleDetail } from "@/api/types";

import { bestHeight, firstEpisode, languageNames, playTarget, refreshMs, seasonsOf } from "./model";

function card(id: string, over: Partial<TitleCard> = {}): TitleCard {
  return { title_id: id, kind: "episode", name: id, synopsis: "", year: null, genres: [], audience: "everyone", maturity: 0, listed: true, featured: false, series_id: "s", season_number: 1, episode_number: 1, playable: true, complete: true, duration_seconds: 1, max_height: 720, artwork: { poster: null, backdrop: null }, version: 1, ...over };
}

const episodes = [card("e22", { season_number: 2, episode_number: 2 }), card("e21", { season_number: 2, episode_number: 1 }), card("e11", { playable: false }), card("e110", { episode_number: 10 })];
const series: TitleDetail = { ...card("s", { kind: "series" }), renditions: [], audio: [], text: [], availability: [], episodes };

describe("a series", () => {
  it("is sorted by season and number, as numbers", () => {
    expect(seasonsOf(episodes).map((season) => [season.number, season.episodes.map((one) => one.title_id)])).toEqual([
      [1, ["e11", "e110"]],
      [2, ["e21", "e22"]],
    ]);
  });

  it("starts with the first episode that can be played", () => {
    expect(firstEpisode(series)?.title_id).toBe("e110");
    expect(firstEpisode({ ...series, episodes: [] })).toBeUndefined();
  });

  it("is looked at again while an episode is missing", () => {
    expect(refreshMs(series)).toBe(4000);
    expect(refreshMs({ ...series, episodes: [card("e")] })).toBe(false);
    expect(refreshMs({ ...series, episodes: [], complete: false })).toBe(4000);
    expect(refreshMs(undefined)).toBe(false);
    expect(refreshMs({ ...series, announced: true })).toBe(false);
  });
});

describe("facts", () => {
  it("names each language once", () => expect(languageNames([{ language: "en" }, { language: "de" }, { language: "en" }], (tag) => tag)).toBe("en, de"));

  it("takes the best rendition, else what the card says", () => {
    const rendition = (height: number) => ({ name: "", codec: "", width: 0, height, bits_per_second: 0 });
    expect(bestHeight({ ...series, renditions: [rendition(360), rendition(1080)] })).toBe(1080);
    expect(bestHeight(series)).toBe(720);
  });
});

function mine(over: Partial<Mine> = {}): Mine {
  return { title_id: "s", in_my_list: false, thumb: null, resume_seconds: 0, watched_fraction: null, completed: false, episodes: {}, continue_with: null, ...over };
}

describe("what play plays", () => {
  const film: TitleDetail = { ...series, ...card("f", { kind: "film", duration_seconds: 3600 }), episodes: [] };
  const half: WatchedPart = { resume_seconds: 0.4, watched_fraction: 0.4, completed: false, watched_at: null };

  it("is the film, from where somebody stopped, with what is left of it", () => {
    expect(playTarget(film, undefined)).toMatchObject({ resumeSeconds: 0, leftSeconds: null, begun: false });
    expect(playTarget(film, mine({ resume_seconds: 600, watched_fraction: 1 / 6 }))).toMatchObject({ resumeSeconds: 600, leftSeconds: 3000, fraction: 1 / 6, begun: true });
    expect(playTarget({ ...film, playable: false }, undefined)).toBeNull();
  });

  it("is the episode that somebody is in, else the first that can be played", () => {
    expect(playTarget(series, undefined)).toMatchObject({ card: { title_id: "e110" }, begun: false });
    expect(playTarget(series, mine({ continue_with: "e22", episodes: { e22: half } }))).toMatchObject({ card: { title_id: "e22" }, resumeSeconds: 0.4, begun: true });
    expect(playTarget(series, mine({ continue_with: "e11" }))).toMatchObject({ card: { title_id: "e110" }, begun: false });
    expect(playTarget({ ...series, episodes: [] }, undefined)).toBeNull();
  });
});
