import type { IncomingMessage, ServerResponse } from "node:http";

import type { Card } from "./data";
import { readBody, readJson, sendJson, sendNothing, sendProblem } from "./http";
import type { Handler } from "./session";

type Draft = { title_id: string; change: Record<string, unknown>; base_version: number; revision: number; changed_at: string; conflicts: string[] };
type Import = Record<string, unknown> & { import_id: string; state: string; fraction: number };

const GENRES = ["Action", "Adventure", "Animation", "Anime", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History", "Horror", "Independent", "Music", "Mystery", "Reality", "Romance", "Science Fiction", "Sport", "Thriller"];
const IMPORTS = "/api/v1/studio/catalogue/imports";

/** What editors wrote of a title, over what every title here says of itself. */
export function written(title: Card): Record<string, unknown> {
  const told = title as unknown as Record<string, unknown>;
  const fields = ["original_name", "people", "tags", "ratings", "languages", "markers"].filter((field) => told[field] !== undefined);
  return Object.fromEntries(fields.map((field) => [field, told[field]]));
}

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

function begun(id: string, over: Record<string, unknown>): Import {
  return {
    import_id: id,
    state: "done",
    format: "csv",
    name: "titles.csv",
    source: "csv",
    audience: "members",
    dry_run: false,
    rows: 8786,
    created: 8779,
    changed: 0,
    unchanged: 0,
    refused: 7,
    fraction: 1,
    encoding: "utf-8",
    problems: [
      { line: 3361, name: "Consequences", reason: "The same title stands on line 3204 already.", refused: true },
      { line: 4021, name: "22-Jul", reason: "The name looks like a date that a spreadsheet made of it; check it.", refused: false },
    ],
    problems_total: 14,
    plan: [
      { line: 2, name: "The Long Way to the Sea", kind: "film", action: "created", fields: [], kept: [], title_id: "t-arriving" },
      { line: 3, name: "Night Shift at the Odeon", kind: "series", action: "changed", fields: ["synopsis", "tags"], kept: ["genres"], title_id: "t-series" },
    ],
    failure: null,
    created_at: ago(12),
    started_at: ago(12),
    ended_at: ago(11),
    ...over,
  };
}

/** Drafts, known people and imports, for browser tests of the studio. */
export class MockStudio {
  readonly drafts = new Map<string, Draft>();
  readonly imports: Import[] = [begun("i-earlier", {}), begun("i-broken", { name: "side.nfo", format: "nfo", state: "failed", failure: "The file is not well-formed XML: line 4.", rows: 0, created: 0, refused: 0, problems: [], problems_total: 0, plan: [] })];
  readonly sent: { dry: boolean; source: string; audience: string; bytes: number }[] = [];
  tmdb = true;

  private readonly find: (id: string | undefined) => Card | undefined;

  constructor(find: (id: string | undefined) => Card | undefined) {
    this.find = find;
  }

  readonly routes: [name: string, pattern: RegExp, handler: Handler][] = [
    ["studio-genres", /^\/api\/v1\/studio\/genres$/, (_request, response) => sendJson(response, 200, { items: GENRES })],
    ["draft", /^\/api\/v1\/studio\/titles\/([^/]+)\/draft$/, (request, response, match) => this.draft(request, response, match[1] ?? "")],
    ["publish-draft", /^\/api\/v1\/studio\/titles\/([^/]+)\/draft\/publish$/, (_request, response, match) => this.publish(response, match[1] ?? "")],
    ["tmdb", /^\/api\/v1\/studio\/catalogue\/imports\/tmdb$/, (request, response, _match, url) => this.askTmdb(request, response, url)],
    ["imports", /^\/api\/v1\/studio\/catalogue\/imports$/, (request, response, _match, url) => this.all(request, response, url)],
    ["import", /^\/api\/v1\/studio\/catalogue\/imports\/([^/]+)(?:\/(cancel))?$/, (_request, response, match) => this.one(response, match[1] ?? "", match[2])],
  ];

  private async draft(request: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
    const found = this.find(id);
    if (request.method === "PUT" && found !== undefined) {
      const made = { title_id: id, change: await readJson(request), base_version: found.version, revision: (this.drafts.get(id)?.revision ?? 0) + 1, changed_at: new Date().toISOString(), conflicts: [] };
      this.drafts.set(id, made);
      return sendJson(response, 200, made);
    }
    if (request.method === "DELETE") {
      this.drafts.delete(id);
      return sendNothing(response);
    }
    const draft = this.drafts.get(id);
    if (draft === undefined) return sendProblem(response, 404, "draft-not-found", "No draft", "The title has no draft.");
    sendJson(response, 200, draft);
  }

  private publish(response: ServerResponse, id: string): void {
    const [found, draft] = [this.find(id), this.drafts.get(id)];
    if (found === undefined || draft === undefined) return sendProblem(response, 404, "draft-not-found", "No draft", "The title has no draft.");
    Object.assign(found, draft.change, { version: found.version + 1 });
    this.drafts.delete(id);
    sendJson(response, 200, found);
  }

  private async all(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method !== "POST") {
      for (const one of this.imports) this.advance(one);
      return sendJson(response, 200, { items: this.imports, tmdb: this.tmdb });
    }
    const body = await readBody(request);
    const dry = url.searchParams.get("dry_run") === "true";
    this.sent.push({ dry, source: url.searchParams.get("source") ?? "", audience: url.searchParams.get("audience") ?? "", bytes: body.byteLength });
    if (body.toString("utf8").startsWith("nothing")) return sendProblem(response, 422, "import-file", "The file cannot be imported", "No column holds the titles' names.");
    this.add(begun(`i-${this.imports.length}`, { name: url.searchParams.get("name"), dry_run: dry, state: "queued", fraction: 0, created_at: new Date().toISOString() }), response);
  }

  private add(one: Import, response: ServerResponse): void {
    this.imports.unshift(one);
    sendJson(response, 202, { import_id: one.import_id }, { Location: `${IMPORTS}/${one.import_id}` });
  }

  private one(response: ServerResponse, id: string, doing: string | undefined): void {
    const found = this.imports.find((one) => one.import_id === id);
    if (found === undefined) return sendProblem(response, 404, "import-not-found", "No such import", "There is no such import.");
    if (doing === "cancel") found.state = "cancelled";
    else this.advance(found);
    sendJson(response, 200, found);
  }

  /** Each look brings a waiting import further: half way, then to its end. */
  private advance(one: Import): void {
    if (one.state === "running") Object.assign(one, { state: "done", fraction: 1 });
    if (one.state === "queued") Object.assign(one, { state: "running", fraction: 0.5 });
  }

  private async askTmdb(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method === "POST") {
      await readJson(request);
      return this.add(begun(`i-${this.imports.length}`, { name: "TMDB", format: "tmdb", state: "queued", fraction: 0, rows: 1, created: 1, refused: 0, problems: [], problems_total: 0 }), response);
    }
    const words = url.searchParams.get("query") ?? "";
    sendJson(response, 200, { items: [{ tmdb_id: 77, kind: url.searchParams.get("kind"), name: words, year: 2001, overview: "A train runs through the night, and nobody knows who drives it." }] });
  }
}
