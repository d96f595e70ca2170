/** A small programme for tests: what the service would answer. */

export type Card = Record<string, unknown> & { title_id: string; name: string; playable: boolean; listed: boolean; version: number };

const FILMS: [id: string, name: string, year: number, genres: string[], synopsis: string][] = [
  ["t-tide", "The Tide Keeper", 2024, ["Drama", "Mystery"], "On an island that the sea takes back a little every night, one woman keeps the hours of a lighthouse nobody needs any more."],
  ["t-neon", "Neon Orchard", 2025, ["Science fiction"], "Fruit that glows, farmers who do not sleep, and a harvest that decides who may leave the city."],
  ["t-moss", "Moss", 2023, ["Documentary"], "Seven years in the life of a stone."],
  ["t-clock", "A Clockmaker's Guide to Falling in Love", 2022, ["Romance", "Comedy"], "He repairs time; she is always late."],
  ["t-salt", "Salt & Static", 2025, ["Thriller"], "A radio operator hears tomorrow's storm."],
  ["t-kite", "Paper Kites", 2021, ["Family", "Animation"], "Two sisters, one wind."],
  ["t-ember", "Ember Road", 2024, ["Western"], "The last stage-coach carries the first film."],
  ["t-lattice", "Lattice", 2025, ["Science fiction", "Mystery"], "A crystal grows in the cellar of a school."],
];

export function card(id: string, name: string, over: Record<string, unknown> = {}): Card {
  return {
    title_id: id,
    kind: "film",
    name,
    synopsis: "",
    year: 2025,
    genres: [],
    audience: "everyone",
    maturity: 6,
    availability: [],
    listed: true,
    featured: false,
    series_id: null,
    season_number: null,
    episode_number: null,
    playable: true,
    complete: true,
    duration_seconds: 24,
    max_height: 720,
    artwork: { poster: null, backdrop: null },
    version: 1,
    ...over,
  };
}

function artwork(id: string) {
  return { poster: `/api/v1/titles/${id}/artwork/poster?v=1`, backdrop: `/api/v1/titles/${id}/artwork/backdrop?v=1` };
}

function episode(season: number, number: number, name: string): Card {
  return card(`t-e${season}${number}`, name, {
    kind: "episode",
    series_id: "t-series",
    season_number: season,
    episode_number: number,
    playable: !(season === 2 && number === 2),
    synopsis: "The projector starts by itself, and the audience is older than the house.",
    artwork: number === 1 ? artwork(`t-e${season}${number}`) : { poster: null, backdrop: null },
  });
}

export function programme(): Card[] {
  const films = FILMS.map(([id, name, year, genres, synopsis], index) =>
    card(id, name, { year, genres, synopsis, featured: index === 0, artwork: index % 3 === 2 ? { poster: null, backdrop: null } : artwork(id) }),
  );
  return [
    ...films,
    card("t-early", "First Light", { complete: false, max_height: 360, year: 2026, genres: ["Drama"], artwork: artwork("t-early") }),
    card("t-arriving", "The Long Way to the Sea", { playable: false, complete: null, duration_seconds: null, max_height: null, year: 2026, genres: ["Adventure"] }),
    card("t-announced", "The Last Reel", { playable: false, complete: null, announced: true, released_on: "2027-03-04", duration_seconds: null, max_height: null, year: 2027, genres: ["Drama"], artwork: artwork("t-announced"), synopsis: "A projectionist, a storm, and one cinema left." }),
    card("t-series", "Night Shift at the Odeon", { kind: "series", duration_seconds: null, year: 2025, genres: ["Series", "Mystery"], artwork: artwork("t-series"), synopsis: "A cinema that only opens when nobody is looking." }),
    episode(1, 1, "House Lights"),
    episode(1, 2, "Cue Dots"),
    episode(2, 1, "Changeover"),
    episode(2, 2, "Safety Stock"),
  ];
}

const MINUTE = 60_000;
const STEPS = ["plan", "encode", "audio", "text", "stitch", "package", "verify", "publish"];

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE).toISOString();
}

function chunks(count: number, done: number, running: number, failed = -1) {
  return Array.from({ length: count }, (_, index) => ({
    state: index === failed ? "failed" : index < done ? "done" : index < done + running ? "running" : "waiting",
    start_seconds: index * 6.5,
    end_seconds: (index + 1) * 6.5,
    attempts: index === 2 ? 2 : 1,
  }));
}

function rendition(height: number, width: number, cells: ReturnType<typeof chunks>) {
  return { name: `h264_${height}p`, codec: "h264", width, height, chunks: cells };
}

const inspection = {
  accepted: true,
  findings: [
    { severity: "note", code: "stereo", sentence: "The sound is stereo; no 5.1 track will be made." },
    { severity: "warning", code: "loud", sentence: "The sound is 6 LU louder than it should be. It will be turned down to −23 LUFS." },
  ],
  facts: {
    container: "mp4",
    size_bytes: 73_400_320,
    duration_seconds: 180.3,
    start_seconds: 0,
    video: { index: 0, codec: "h264", width: 1280, height: 720, display_width: 1280, display_height: 720, rotation_degrees: 0, rate: { numerator: 24, denominator: 1 }, variable_rate: false, interlaced: false, pixel_format: "yuv420p", bit_depth: 8, dynamics: "sdr" },
    audio: [{ index: 1, codec: "aac", channels: 2, sample_rate_hz: 48_000, language: "en", title: "", default: true }],
    text: [],
  },
  analysis: null,
};

export function job(id: string, name: string, over: Record<string, unknown>) {
  return {
    job_id: id,
    title_id: "t-arriving",
    source_name: name,
    size_bytes: 73_400_320,
    state: "ordered",
    inspected_fraction: 1,
    inspection,
    failure: null,
    created_at: ago(4),
    changed_at: ago(1),
    order: null,
    ...over,
  };
}

function order(id: string, over: Record<string, unknown>) {
  return { job_id: id, title_id: "t-arriving", state: "running", fraction: 0.42, steps: [], renditions: [], failure: null, submitted_at: ago(3), first_playable_at: null, finished_at: null, ...over };
}

export function jobs() {
  return [
    job("j-running", "the long way to the sea — final (2).mp4", {
      order: order("j-running", {
        steps: [
          { step: "plan", started_at: ago(3), finished_at: ago(2.9) },
          { step: "encode", started_at: ago(2.9), finished_at: null },
          { step: "audio", started_at: ago(2.8), finished_at: ago(2.4) },
        ],
        renditions: [rendition(720, 1280, chunks(28, 6, 2)), rendition(540, 960, chunks(28, 11, 1)), rendition(360, 640, chunks(28, 28, 0))],
        first_playable_at: ago(1),
      }),
    }),
    job("j-inspecting", "salt-and-static.mov", { state: "inspecting", inspected_fraction: 0.37, inspection: null }),
    job("j-failed", "ember.road.mkv", {
      order: order("j-failed", {
        state: "failed",
        fraction: 0.61,
        steps: STEPS.slice(0, 2).map((step, index) => ({ step, started_at: ago(3 - index), finished_at: index === 0 ? ago(2) : null })),
        renditions: [rendition(720, 1280, chunks(12, 9, 0, 7))],
        failure: { step: "encode", sentence: "The encoder stopped three times at the same place.", rendition: "h264_720p", chunk: 7, tool_said: "[libx264] error: frame 1042\nConversion failed!" },
      }),
    }),
    job("j-refused", "notes.txt", {
      state: "refused",
      inspection: { accepted: false, findings: [{ severity: "refusal", code: "unreadable", sentence: "This is not a film: no picture could be found in it." }], facts: null, analysis: null },
    }),
    job("j-done", "moss.mp4", { title_id: "t-moss", order: order("j-done", { title_id: "t-moss", state: "published", fraction: 1, first_playable_at: ago(2), finished_at: ago(1) }) }),
  ];
}
