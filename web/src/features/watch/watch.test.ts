import { describe, expect, it } from "vitest";

import type { TitleCard, TitleDetail } from "@/api/types";

import { chooseProtocol, contextOf, nextEpisode } from "./model";

function episode(id: string, season: number, number: number, playable = true): TitleCard {
  return { title_id: id, kind: "episode", name: id, synopsis: "", year: null, genres: [], audience: "everyone", maturity: 0, listed: true, featured: false, series_id: "s", season_number: season, episode_number: number, playable, complete: true, duration_seconds: 1, max_height: 720, artwork: { poster: null, backdrop: null }, version: 1 };
}

function detail(card: TitleCard): TitleDetail {
  return { ...card, renditions: [], audio: [], text: [], availability: [], episodes: [] };
}

describe("nextEpisode", () => {
  const all = [episode("21", 2, 1), episode("11", 1, 1), episode("12", 1, 2, false), episode("110", 1, 10)];

  it("goes on in order, past what is not there yet, and into the next season", () => {
    expect(nextEpisode(all, "11")?.title_id).toBe("110");
    expect(nextEpisode(all, "110")?.title_id).toBe("21");
    expect(nextEpisode(all, "21")).toBeNull();
    expect(nextEpisode(all, "other")).toBeNull();
  });
});

describe("chooseProtocol", () => {
  it("follows the address, else what the browser has", () => {
    expect(chooseProtocol("hls", true)).toBe("hls");
    expect(chooseProtocol("dash", false)).toBe("dash");
    expect(chooseProtocol(null, true)).toBe("dash");
    expect(chooseProtocol("smooth", false)).toBe("hls");
  });
});

describe("contextOf", () => {
  it("places an episode in its series", () => {
    const series = detail({ ...episode("s", 0, 0), kind: "series", name: "Odeon" });
    expect(contextOf(detail(episode("e", 2, 3)), series)).toBe("Odeon · Season 2, episode 3");
    expect(contextOf(detail(episode("e", 2, 3)), undefined)).toBe("Season 2, episode 3");
    expect(contextOf(detail({ ...episode("f", 0, 0), kind: "film" }), undefined)).toBeNull();
  });
});
