import { describe, expect, it } from "vitest";

import type { Card } from "@/api/library";
import type { ListItem } from "@/api/lists";
import { Translator } from "@/i18n/translator";
import { en } from "@/i18n/en";

import { longFacts, posterOf, shortFacts, stillOf, titlePath, watchPath } from "./model";
import { placePreview } from "./place";
import { placed, stepsTo } from "./useMyList";

function card(title_id: string, over: Partial<Card> = {}): Card {
  return { title_id, kind: "film", name: title_id, synopsis: "", year: 2024, genres: ["Drama", "Science Fiction"], maturity: 12, playable: true, announced: false, hot: false, duration_seconds: 5520, max_height: 1080, series_id: null, season_number: null, episode_number: null, artwork: { poster: "/p?v=1", backdrop: null }, released_on: null, ...over };
}

function list(...ids: string[]): ListItem[] {
  return ids.map((id) => ({ card: card(id), added_at: "2026-01-01T00:00:00Z" }));
}

const names = (items: readonly ListItem[]) => items.map((item) => item.card.title_id).join("");

describe("my list", () => {
  it.each([0, 1, 2, 3])("brings a title to place %d, the end included, in steps that the service knows", (index) => {
    const items = list("a", "b", "c", "d");
    const after = stepsTo(items, card("b"), index).reduce((now, step) => placed(now, step.card, step.before, ""), items);
    const expected = ["a", "c", "d"];
    expected.splice(index, 0, "b");
    expect(names(after)).toBe(expected.join(""));
  });

  it("puts a new title in front, and into an empty list", () => {
    expect(names(placed(list("a"), card("n"), null, ""))).toBe("na");
    expect(stepsTo([], card("n"), 3)).toEqual([{ card: card("n"), before: null }]);
  });
});

describe("what a card says", () => {
  const speech = new Translator({ language: "en", locale: "en-GB" }, en, en);

  it("is its year and length, or which episode, or that it is to come", () => {
    expect(shortFacts(card("a"), speech)).toBe("2024 · 1 hr 32 mins");
    expect(shortFacts(card("a", { kind: "episode", season_number: 2, episode_number: 5, year: null, duration_seconds: 1800 }), speech)).toBe("S2 E5 · 30 mins");
    expect(shortFacts(card("a", { kind: "series" }), speech)).toBe("2024 · Series");
    expect(shortFacts(card("a", { announced: true }), speech)).toBe("2024 · Announced");
    expect(longFacts(card("a", { maturity: 0 }), speech)).toBe("2024 · 1 hr 32 mins · All ages · Drama, Science Fiction");
  });

  it("leads where it plays and where it is told of", () => {
    expect([watchPath(card("a")), watchPath(card("a", { playable: false })), watchPath(card("a", { kind: "series" }))]).toEqual(["/watch/a", null, null]);
    expect(titlePath(card("e", { series_id: "s" }))).toBe("/title/s");
  });

  it("offers pictures in widths that the service makes", () => {
    expect(posterOf(card("a"))).toMatchObject({ src: "/p?v=1&w=240", srcSet: "/p?v=1&w=240 240w, /p?v=1&w=480 480w, /p?v=1&w=960 960w", width: 240, height: 360 });
    expect(stillOf(card("a", { artwork: { poster: null, backdrop: "/b" } }))).toMatchObject({ src: "/b?w=480", width: 480, height: 270 });
    expect(stillOf(card("a", { artwork: { poster: null, backdrop: null } }))).toBeNull();
  });
});

describe("where a preview goes", () => {
  const view = { width: 1440, height: 900 };
  const size = { width: 350, height: 380 };
  const tile = (left: number, top: number) => ({ left, top, width: 180, height: 320 });
  const overlaps = (spot: { left: number; top: number }, box: ReturnType<typeof tile>) => spot.left < box.left + box.width && spot.left + size.width > box.left && spot.top < box.top + box.height && spot.top + size.height > box.top;

  it("is over what a pointer points at, within the window", () => {
    expect(placePreview(tile(20, 300), size, view, 68, "pointer")).toEqual({ left: 12, top: 270 });
    expect(placePreview(tile(1300, 800), size, view, 68, "pointer")).toEqual({ left: 1078, top: 508 });
  });

  it.each([[600, 100], [600, 520], [600, 300], [20, 300], [1300, 300]])("never covers focus at %d, %d", (left, top) => {
    const spot = placePreview(tile(left, top), size, view, 68, "focus");
    expect(spot).not.toBeNull();
    expect(spot !== null && overlaps(spot, tile(left, top))).toBe(false);
  });

  it("is left out where it would have to", () => {
    expect(placePreview(tile(90, 300), size, { width: 390, height: 844 }, 68, "focus")).toBeNull();
  });
});
