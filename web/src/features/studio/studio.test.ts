import { DetailedError } from "tus-js-client";
import { describe, expect, it } from "vitest";

import type { JobView, OrderProgress, TitleDetail } from "@/api/types";

import { languageOf, sortFiles } from "./files";
import { bySeverity, countChunks, countsText, failurePlace, fractionOf, isWatchable, sentenceOf, stageOf, stepRows } from "./model";
import { changeOf, draftOf, draftProblem, languagesProblem, markerProblem, valueText } from "./draft";
import { clockText, secondsOf } from "./times";
import { windowDraft, windowOf, windowProblem } from "./WindowsEditor";
import { uploadFailure } from "./uploads";

const order: OrderProgress = {
  job_id: "j",
  title_id: "t",
  state: "running",
  fraction: 0.5,
  steps: [
    { step: "plan", started_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:00:02Z" },
    { step: "encode", started_at: "2026-01-01T00:00:02Z", finished_at: null },
  ],
  renditions: [],
  failure: null,
  submitted_at: "2026-01-01T00:00:00Z",
  first_playable_at: null,
  finished_at: null,
};

function job(over: Partial<JobView> = {}): JobView {
  return { job_id: "j", title_id: "t", source_name: "a.mp4", size_bytes: 1, state: "ordered", inspected_fraction: 1, inspection: null, failure: null, created_at: "", changed_at: "", order, ...over };
}

describe("a job's stage", () => {
  it("is the order's once there is one", () => {
    expect(stageOf(job({ state: "inspecting", order: null }))).toBe("inspecting");
    expect(stageOf(job({ order: null }))).toBe("queued");
    expect(stageOf(job({ order: { ...order, state: "published" } }))).toBe("published");
    expect(stageOf(job({ state: "refused" }))).toBe("refused");
  });

  it("grows from inspection into encoding without falling back", () => {
    const steps = [job({ state: "inspecting", inspected_fraction: 0, order: null }), job({ state: "inspecting", inspected_fraction: 1, order: null }), job({ order: null }), job({ order: { ...order, fraction: 0 } }), job(), job({ order: { ...order, fraction: 1 } })];
    const fractions = steps.map(fractionOf);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1);
  });

  it("can be watched from the first release on", () => {
    expect(isWatchable(job())).toBe(false);
    expect(isWatchable(job({ order: { ...order, first_playable_at: "2026-01-01T00:00:09Z" } }))).toBe(true);
  });

  it("says why it was refused or failed", () => {
    const inspection = { accepted: false, findings: [{ severity: "note" as const, code: "n", sentence: "By the way." }, { severity: "refusal" as const, code: "r", sentence: "No picture." }], facts: null };
    expect(sentenceOf(job({ state: "refused", inspection }))).toBe("No picture.");
    const failure = { step: "encode" as const, sentence: "It broke.", rendition: "h264_720p", chunk: 0, tool_said: "" };
    expect(sentenceOf(job({ order: { ...order, state: "failed", failure } }))).toBe("It broke.");
    expect(failurePlace(failure)).toBe("Encode · h264_720p · chunk 1");
    expect(sentenceOf(job())).toContain("encode");
  });
});

describe("steps and chunks", () => {
  it("shows every step, with the time of the running one growing", () => {
    const rows = stepRows(order, Date.parse("2026-01-01T00:00:12Z"));
    expect(rows).toHaveLength(8);
    expect(rows.slice(0, 3).map((row) => [row.state, row.seconds])).toEqual([["done", 2], ["running", 10], ["waiting", null]]);
    expect(stepRows({ ...order, state: "failed" }, 0)[1]?.state).toBe("failed");
  });

  it("counts chunks and says only what there is", () => {
    const chunk = (state: "done" | "waiting") => ({ state, start_seconds: 0, end_seconds: 1, attempts: 1 });
    const counts = countChunks({ name: "r", codec: "h264", width: 1, height: 1, chunks: [chunk("done"), chunk("done"), chunk("waiting")] });
    expect(countsText(counts)).toBe("3 chunks: 2 done, 1 waiting");
  });

  it("puts the gravest finding first", () => {
    expect(bySeverity([{ severity: "note" as const }, { severity: "refusal" as const }, { severity: "warning" as const }]).map((one) => one.severity)).toEqual(["refusal", "warning", "note"]);
  });
});

describe("dropped files", () => {
  const files = (...names: string[]) => names.map((name) => ({ name }));

  it("gives subtitles to the film that they are named after", () => {
    const { films, strays } = sortFiles(files("a.mp4", "ab.mp4", "ab.de.srt", "a.en.vtt", "c.srt"));
    expect(films.map((drop) => [drop.film.name, drop.texts.map((text) => `${text.file.name}:${text.language}`)])).toEqual([
      ["a.mp4", ["a.en.vtt:en"]],
      ["ab.mp4", ["ab.de.srt:de"]],
    ]);
    expect(strays).toEqual([{ name: "c.srt" }]);
  });

  it("gives any subtitle to an only film", () => {
    expect(sortFiles(files("film.mkv", "subtitles.ass")).films[0]?.texts).toHaveLength(1);
  });

  it.each([
    ["film.de.srt", "de"],
    ["film_pt-BR.vtt", "pt-br"],
    ["film.srt", "und"],
    ["the-eng.srt", "eng"],
    ["the-end.srt", "und"],
    [".srt", "und"],
  ])("reads the language of %s", (name, language) => expect(languageOf(name)).toBe(language));
});

describe("changeOf", () => {
  const title: TitleDetail = { title_id: "t", kind: "film", name: "A", synopsis: "", year: null, genres: ["Drama"], audience: "operators", maturity: 12, listed: false, featured: false, series_id: null, season_number: null, episode_number: null, playable: true, complete: true, duration_seconds: 1, max_height: 1, artwork: { poster: null, backdrop: null }, version: 1, renditions: [], audio: [], text: [], episodes: [], availability: [] };
  const draft = draftOf(title);

  it("is empty when nothing changed", () => expect(changeOf(title, draft)).toEqual({}));

  it("names only what changed", () => {
    expect(changeOf(title, { ...draft, name: " B ", year: "1999", genres: ["Drama", "Crime"], listed: true })).toEqual({ name: "B", year: 1999, genres: ["Drama", "Crime"], listed: true });
  });

  it("can take the year away", () => expect(changeOf({ ...title, year: 1999 }, draft)).toEqual({ year: null }));

  it("names a new rating and windows, and leaves windows alone that were not touched", () => {
    const window = { territories: ["DE"], starts_at: "2026-01-01T00:00:30Z", ends_at: null };
    const shown = { ...title, availability: [window] };
    expect(changeOf(shown, { ...draft, windows: [windowDraft(window)] })).toEqual({});
    expect(changeOf(shown, { ...draft, maturity: "16" })).toEqual({ maturity: 16, availability: [] });
    expect(changeOf(title, { ...draft, windows: [{ territories: "de, at de", from: "", until: "" }] })).toEqual({ availability: [{ territories: ["DE", "AT"], starts_at: null, ends_at: null }] });
  });
});

describe("all that is told of a title", () => {
  const title: TitleDetail = {
    ...{ title_id: "t", kind: "film", name: "A", synopsis: "", year: null, genres: ["Drama"], audience: "operators", maturity: 12, listed: false, featured: false, series_id: null, season_number: null, episode_number: null, playable: true, complete: true, duration_seconds: 600, max_height: 1 },
    ...{ artwork: { poster: null, backdrop: null }, version: 1, renditions: [], audio: [], text: [], episodes: [], availability: [] },
    people: [{ person_id: "p1", name: "Person One", role: "actor", character: "" }],
    tags: ["Trains"],
    ratings: [{ system: "mpa", label: "PG" }],
    languages: ["en"],
    released_on: "2020-01-02",
    markers: [{ kind: "intro", starts_seconds: 4.25, ends_seconds: 30 }],
    hot: true,
  };
  const draft = draftOf(title);

  it("survives being shown", () => expect(changeOf(title, draft)).toEqual({}));

  it("is changed field by field", () => {
    const people = [{ person_id: "", name: " Person Two ", role: "director" as const, character: "" }, ...draft.people];
    expect(changeOf(title, { ...draft, people, tags: [], languages: "en, de", released_on: "", hot: false })).toEqual({
      people: [{ person_id: "", name: "Person Two", role: "director", character: "" }, ...draft.people],
      tags: [],
      languages: ["en", "de"],
      released_on: null,
      hot: false,
    });
  });

  it("keeps the fractions of a moment that was not touched", () => {
    const markers = [{ ...draft.markers[0], kind: "intro" as const, from: "0:04.3", until: "0:31" }];
    expect(draft.markers[0]?.from).toBe("0:04.3");
    expect(changeOf(title, { ...draft, markers }).markers).toEqual([{ kind: "intro", starts_seconds: 4.25, ends_seconds: 31 }]);
  });

  it("says what stands in the way", () => {
    expect(draftProblem(draft, 600)).toBeNull();
    expect(draftProblem({ ...draft, name: " " }, 600)).toContain("name");
    expect(draftProblem({ ...draft, people: [{ person_id: "", name: "", role: "actor", character: "" }] }, 600)).toContain("no name");
    expect(draftProblem({ ...draft, ratings: [{ system: "mpa", label: "" }] }, 600)).toContain("letters");
    expect(languagesProblem("en, Deutsch")).toContain("Deutsch");
    expect(markerProblem({ kind: "intro", from: "1:00", until: "0:30" }, 600)).toBe("It ends before it starts.");
    expect(markerProblem({ kind: "intro", from: "soon", until: "0:30" }, 600)).toContain("1:23");
    expect(markerProblem({ kind: "credits", from: "9:00", until: "11:00" }, 600)).toBe("The film ends at 10:00.");
  });

  it("is told in words", () => {
    expect(valueText("people", title.people)).toBe("Person One (actor)");
    expect(valueText("markers", title.markers)).toBe("intro 0:04.3–0:30");
    expect(valueText("hot", true)).toBe("Yes");
    expect(valueText("tags", [])).toBe("—");
  });
});

describe("moments", () => {
  it.each([
    ["1:23", 83],
    ["1:02:03", 3723],
    ["83", 83],
    ["0:04.5", 4.5],
    ["1:75", null],
    ["1:61:00", null],
    ["", null],
    ["-1", null],
    ["abc", null],
  ])("reads %s", (typed, seconds) => expect(secondsOf(typed)).toBe(seconds));

  it("are written as they are read", () => {
    for (const seconds of [0, 59, 60, 83.5, 3599.9, 3600, 36_001]) expect(secondsOf(clockText(seconds))).toBe(seconds);
  });
});

describe("uploadFailure", () => {
  it("speaks of the connection when nothing came back", () => {
    expect(uploadFailure(new DetailedError("x"))).toContain("connection");
    expect(uploadFailure(new Error("x"))).toContain("Try again");
  });

});

describe("windows", () => {
  it("are refused when they end before they start, or name no territory", () => {
    expect(windowProblem({ territories: "Germany", from: "", until: "" })).toContain("GERMANY");
    expect(windowProblem({ territories: "", from: "2026-05-02T10:00", until: "2026-05-01T10:00" })).toBe("It ends before it starts.");
    expect(windowProblem({ territories: "DE AT", from: "2026-05-01T10:00", until: "" })).toBeNull();
  });

  it("survive being shown", () => {
    const window = { territories: ["DE", "AT"], starts_at: "2026-05-01T10:00:00Z", ends_at: "2026-06-01T10:00:00Z" };
    expect(windowOf(windowDraft(window), window)).toEqual(window);
  });
});
