import type { IncomingMessage } from "node:http";

import { card, type Card } from "./data";
import { sendJson, sendProblem } from "./http";
import type { Handler, MockIdentity, Route } from "./session";
import { cardOf, type MockViewing } from "./viewing";

const GENRES = ["Drama", "Mystery", "Comedy", "Documentary", "Science Fiction", "Thriller", "Family", "Romance", "Crime", "Animation", "Horror", "Adventure"];
const FIRST = ["Silent", "Golden", "Paper", "Midnight", "Velvet", "Broken", "Distant", "Electric", "Hollow", "Crimson", "Quiet", "Borrowed"];
const SECOND = ["Harbour", "Garden", "Signal", "Winter", "Orchestra", "Mirror", "Station", "Letters", "Tide", "Cathedral", "Summer"];
const PEOPLE = [
  { person_id: "pe-1", name: "Ines Okafor" },
  { person_id: "pe-2", name: "Tomás Lindqvist" },
  { person_id: "pe-3", name: "Mei Arnaud" },
];

/** A library behind the programme, long enough to scroll through. */
export function library(): Card[] {
  return Array.from({ length: 132 }, (_, index) => {
    const id = `t-lib${index}`;
    const kind = index % 9 === 4 ? "series" : "film";
    const artwork = index % 11 === 7 ? { poster: null, backdrop: null } : { poster: `/api/v1/titles/${id}/artwork/poster?v=1`, backdrop: `/api/v1/titles/${id}/artwork/backdrop?v=1` };
    return card(id, `${FIRST[index % 12] ?? ""} ${SECOND[index % 11] ?? ""}`, {
      kind,
      year: 1990 + ((index * 7) % 36),
      genres: [GENRES[index % 12], GENRES[(index * 5 + 3) % 12]],
      maturity: [0, 6, 12, 16, 18][index % 5],
      duration_seconds: kind === "series" ? null : 4200 + ((index * 431) % 5000),
      synopsis: "Somebody comes back to a town that has been waiting, and what was left unsaid begins to speak. A film about time, weather, and the people who stay.",
      artwork,
    });
  });
}

type Row = { row_id: string; name: string; kind: string; reason: string | null; because: { title_id: string; name: string } | null; source: string; items: Record<string, unknown>[] };

function item(title: Card, over: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...cardOf(title), rank: null, resume_seconds: null, watched_fraction: null, up_next: false, ...over };
}

function slug(genre: string): string {
  return genre.toLowerCase().replaceAll(" ", "-");
}

function plain(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}

/** Whether two words differ by one letter more, less or other, or by two that changed places. */
function near(a: string, b: string): boolean {
  if (b.startsWith(a) || a === b) return true;
  if (a.length < 4 || Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const swapped = a.slice(0, at) + (a[at + 1] ?? "") + (a[at] ?? "") + a.slice(at + 2);
  return swapped === b || a.slice(at + 1) === b.slice(at + 1) || a.slice(at) === b.slice(at + 1) || a.slice(at + 1) === b.slice(at);
}

/** A stand-in for the rooms home and search, and for the catalogue's genres and people. */
export class MockShelves {
  readonly library = library();
  /** Rows that cannot be answered now. */
  leftOut: string[] = [];
  /** Where rows come from, by id, when not fresh. */
  readonly sources = new Map<string, string>();
  /** Milliseconds before a search is answered, by what is asked. */
  readonly slow = new Map<string, number>();
  /** Cursors that count no more. */
  lost = false;
  degraded = false;
  /** What search was asked, in order. */
  asked: string[] = [];
  private readonly titles: () => Card[];
  private readonly identity: MockIdentity;
  private readonly viewing: MockViewing;

  constructor(titles: () => Card[], identity: MockIdentity, viewing: MockViewing) {
    this.titles = titles;
    this.identity = identity;
    this.viewing = viewing;
  }

  private visible(request: IncomingMessage): Card[] {
    const ceiling = this.identity.ceilingOf(request);
    const own = this.titles();
    const all = own.length === 0 ? [] : [...own, ...this.library];
    return all.filter((title) => title.listed && title.kind !== "episode" && Number(title.maturity) <= ceiling);
  }

  private rows(request: IncomingMessage): Row[] {
    const profileId = this.identity.profileOf(request);
    const all = this.visible(request);
    const films = all.filter((one) => one.announced !== true);
    const row = (row_id: string, kind: string, name: string, items: Record<string, unknown>[], over: Partial<Row> = {}): Row => ({ row_id, name, kind, reason: null, because: null, source: this.sources.get(row_id) ?? "fresh", items: items.slice(0, 20), ...over });
    const { list } = this.viewing.of(profileId);
    const going = this.viewing.going(profileId).map((one) => ({ ...(one.card as object), rank: null, resume_seconds: one.resume_seconds, watched_fraction: one.up_next === true ? null : Number(one.resume_seconds) / Number(one.duration_seconds), up_next: one.up_next }));
    const [because] = this.viewing.going(profileId).map((one) => one.card as { title_id: string; name: string });
    const rows = [
      row("continue-watching", "continue", "Continue watching", going),
      row("my-list", "list", "My List", list.flatMap((id) => all.filter((one) => one.title_id === id)).map((one) => item(one))),
      row("new", "new", "New", films.map((one) => item(one))),
      row("top-10", "top", "Top 10", this.library.slice(20, 30).filter((one) => all.includes(one)).map((one, index) => item(one, { rank: index + 1 }))),
      row("trending", "trending", "Trending", films.slice(12).filter((_, index) => index % 3 === 0).map((one) => item(one))),
      ...(because === undefined ? [] : [row(`because-${because.title_id}`, "because", "Because", films.slice(30).map((one) => item(one)), { because: { title_id: because.title_id, name: because.name }, reason: "because you watched" })]),
      ...GENRES.map((genre) => row(`genre-${slug(genre)}`, "genre", genre, films.filter((one) => (one.genres as string[]).includes(genre)).map((one) => item(one)))),
      row("coming-soon", "coming", "Coming soon", all.filter((one) => one.announced === true).map((one) => item(one))),
    ];
    return rows.filter((one) => one.items.length > 0 && !this.leftOut.includes(one.row_id));
  }

  private readonly home: Handler = (request, response, _match, url) => {
    const cursor = url.searchParams.get("cursor");
    if (cursor !== null && this.lost) return sendProblem(response, 400, "cursor", "Not a cursor", "This cursor belongs to no page.");
    const from = Number(cursor ?? 0);
    const limit = Math.min(Math.max(Number(url.searchParams.get("limit") ?? 10), 1), 20);
    const rows = this.rows(request);
    const featured = this.visible(request).find((one) => one.featured && one.playable);
    sendJson(response, 200, { featured: cursor === null && featured !== undefined ? cardOf(featured) : null, rows: rows.slice(from, from + limit), next_cursor: rows.length > from + limit ? String(from + limit) : null, left_out: this.leftOut, page_id: "page-1" });
  };

  private readonly homeRow: Handler = (request, response, match, url) => {
    const row = this.rows(request).find((one) => one.row_id === match[1]);
    if (row === undefined) return sendProblem(response, 404, "row-not-found", "No such row", "There is no such row.");
    const genre = row.kind === "genre" ? this.visible(request).filter((one) => (one.genres as string[]).includes(row.name)).map((one) => item(one)) : row.items;
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const limit = Number(url.searchParams.get("limit") ?? 40);
    sendJson(response, 200, { row: { ...row, items: genre.slice(from, from + limit) }, next_cursor: genre.length > from + limit ? String(from + limit) : null });
  };

  private found(request: IncomingMessage, q: string): Card[] {
    const words = plain(q).split(/\s+/);
    return this.visible(request).filter((one) => {
      const own = [...plain(one.name).split(/\s+/), ...(one.genres as string[]).map(plain)];
      return words.every((word) => own.some((other) => near(word, other)));
    });
  }

  private readonly search: Handler = async (request, response, _match, url) => {
    const q = url.searchParams.get("q") ?? "";
    this.asked.push(q);
    await new Promise((resolve) => setTimeout(resolve, this.slow.get(q) ?? 0));
    const found = this.found(request, q);
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const people = PEOPLE.filter((person) => plain(person.name).includes(plain(q))).map((person) => ({ ...person, titles: 3 }));
    const exact = found.some((one) => plain(one.name).includes(plain(q)));
    const meant = !exact && found[0] !== undefined ? found[0].name : null;
    sendJson(response, 200, { items: found.slice(from, from + 24).map(cardOf), people: from === 0 ? people : [], did_you_mean: meant, next_cursor: found.length > from + 24 ? String(from + 24) : null, degraded: this.degraded });
  };

  private readonly suggestions: Handler = (request, response, _match, url) => {
    const q = url.searchParams.get("q") ?? "";
    const titles = this.found(request, q).slice(0, 5).map((one) => ({ text: one.name, kind: "title", title_id: one.title_id, person_id: null }));
    const people = PEOPLE.filter((person) => plain(person.name).includes(plain(q))).map((person) => ({ text: person.name, kind: "person", title_id: null, person_id: person.person_id }));
    const genres = GENRES.filter((genre) => plain(genre).startsWith(plain(q))).map((genre) => ({ text: genre, kind: "genre", title_id: null, person_id: null }));
    sendJson(response, 200, { items: [...titles, ...people, ...genres].slice(0, 8) });
  };

  private readonly genres: Handler = (request, response) => {
    const all = this.visible(request);
    const items = GENRES.map((genre) => ({ genre, titles: all.filter((one) => (one.genres as string[]).includes(genre)).length })).filter((one) => one.titles > 0);
    sendJson(response, 200, { items: items.sort((a, b) => b.titles - a.titles) });
  };

  private readonly person: Handler = (request, response, match) => {
    const person = PEOPLE.find((one) => one.person_id === match[1]);
    if (person === undefined) return sendProblem(response, 404, "person-not-found", "No such person", "There is no such person.");
    const [first, ...rest] = this.visible(request);
    const items = [...(first === undefined ? [] : [{ role: "director", character: "", title: cardOf(first) }]), ...rest.slice(0, 5).map((one) => ({ role: "actor", character: "The keeper", title: cardOf(one) }))];
    sendJson(response, 200, { ...person, items });
  };

  readonly routes: Route[] = [
    ["home", /^\/api\/v1\/home$/, this.home],
    ["home-row", /^\/api\/v1\/home\/rows\/([^/]+)$/, this.homeRow],
    ["search", /^\/api\/v1\/search$/, this.search],
    ["suggestions", /^\/api\/v1\/search\/suggestions$/, this.suggestions],
    ["genres", /^\/api\/v1\/genres$/, this.genres],
    ["person", /^\/api\/v1\/people\/([^/]+)$/, this.person],
  ];
}
