import { describe, expect, it } from "vitest";

import type { Found } from "@/api/search";
import { genrePath, genreSlug } from "@/cards/model";

import { nextOption, resultsOf, searchPath, suggestionPath, tidy } from "./model";

describe("what is asked for", () => {
  it("is tidy, and never longer than the service takes", () => {
    expect(tidy("  the   tide ")).toBe("the tide");
    expect(tidy("x".repeat(300))).toHaveLength(200);
  });

  it("leads where it should", () => {
    expect(suggestionPath({ kind: "title", text: "Moss", title_id: "t/1", person_id: null })).toBe("/title/t%2F1");
    expect(suggestionPath({ kind: "person", text: "Ada", title_id: null, person_id: "p-1" })).toBe("/person/p-1");
    expect(suggestionPath({ kind: "genre", text: "Science Fiction", title_id: null, person_id: null })).toBe("/genre/science-fiction");
    expect(suggestionPath({ kind: "title", text: "Salt & Static", title_id: null, person_id: null })).toBe(searchPath("Salt & Static"));
    expect(searchPath("Salt & Static")).toBe("/search?q=Salt%20%26%20Static");
  });

  it("names genres in addresses", () => {
    expect([genreSlug("Science Fiction"), genreSlug(" Film-Noir! "), genreSlug("Sci-Fi & Fantasy")]).toEqual(["science-fiction", "film-noir", "sci-fi-fantasy"]);
    expect(genrePath("Drama")).toBe("/genre/drama");
  });
});

describe("walking suggestions", () => {
  it("goes down through them and past, and up into the box", () => {
    expect([nextOption("ArrowDown", -1, 2), nextOption("ArrowDown", 0, 2), nextOption("ArrowDown", 1, 2), nextOption("ArrowDown", -1, 0)]).toEqual([0, 1, "past", "past"]);
    expect([nextOption("ArrowUp", 1, 2), nextOption("ArrowUp", 0, 2), nextOption("ArrowUp", -1, 2), nextOption("a", 0, 2)]).toEqual([0, -1, null, null]);
  });

  it("shows a title once, however often pages bring it", () => {
    const page = (...ids: string[]) => ({ items: ids.map((title_id) => ({ title_id })) }) as Found;
    expect(resultsOf([page("a", "b"), page("b", "c")]).map((card) => card.title_id)).toEqual(["a", "b", "c"]);
  });
});
