import { describe, expect, it } from "vitest";

import type { ProfileView } from "@/api/session";
import type { TitleCard, TitleDetail } from "@/api/types";

import { currentTranslator } from "@/i18n";

import { chooseProtocol, contextOf, habitsOf, nextEpisode, nextUp } from "./model";

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
  const { t } = currentTranslator();

  it("places an episode in its series", () => {
    const series = detail({ ...episode("s", 0, 0), kind: "series", name: "Odeon" });
    expect(contextOf(detail(episode("e", 2, 3)), series, t)).toBe("Odeon · Season 2, episode 3");
    expect(contextOf(detail(episode("e", 2, 3)), undefined, t)).toBe("Season 2, episode 3");
    expect(contextOf(detail({ ...episode("f", 0, 0), kind: "film" }), undefined, t)).toBeNull();
  });
});

describe("nextUp", () => {
  it("shows the next episode with its place and the wider of its pictures", () => {
    const { t } = currentTranslator();
    const next = { ...episode("e", 2, 3), artwork: { poster: "/p?v=1", backdrop: "/b?v=1" } };
    expect(nextUp(next, t)).toEqual({ titleId: "e", to: "/watch/e", name: "e", line: "Season 2, episode 3", pictureUrl: "/b?v=1&w=480" });
    expect(nextUp({ ...next, artwork: { poster: null, backdrop: null } }, t)?.pictureUrl).toBeNull();
    expect(nextUp(null, t)).toBeNull();
  });
});

describe("habitsOf", () => {
  it("asks those without a profile, and does as a profile says", () => {
    expect(habitsOf(null)).toEqual({ skip: { intro: "ask", recap: "ask", credits: "ask" }, autoplay: "on" });
    const profile: ProfileView = { profile_id: "p", name: "", avatar: "", language: "en", maturity: 18, kids: false, has_pin: false, autoplay_next: false, autoplay_previews: true, skip_intro: "always", skip_recap: "never", skip_credits: "ask" };
    expect(habitsOf(profile)).toEqual({ skip: { intro: "always", recap: "never", credits: "ask" }, autoplay: "off" });
  });
});
