import type { IncomingMessage, ServerResponse } from "node:http";

import type { Card } from "./data";
import { readJson, sendJson, sendNothing, sendProblem } from "./http";
import type { Handler, MockIdentity, Route } from "./session";

export type Marker = { kind: "intro" | "recap" | "credits"; starts_seconds: number; ends_seconds: number };
export type Watched = { title_id: string; position_seconds: number; duration_seconds: number; event_ms: number; removed: boolean };
type Profile = { watched: Map<string, Watched>; list: string[]; thumbs: Map<string, string> };
export type ProgressBody = { session_id: string; movie_id: string; position_seconds: number; state: string; event_ms: number };

const COMPLETED = 0.95;
const STARTED = 0.01;
const FILM_SECONDS = 24;

function place(title: Card): number {
  return Number(title.season_number ?? 0) * 1000 + Number(title.episode_number ?? 0);
}

/** A title as shelves and lists show it. */
export function cardOf(title: Card): Record<string, unknown> {
  const { title_id, kind, name, synopsis, year, genres, maturity, playable, duration_seconds, max_height, series_id, season_number, episode_number, artwork } = title;
  return { title_id, kind, name, synopsis, year, genres, maturity, playable, announced: title.announced === true, hot: title.hot === true, duration_seconds, max_height, series_id, season_number, episode_number, artwork, released_on: title.released_on ?? null };
}

/** A stand-in for the history room: where every profile is, its list, its thumbs. */
export class MockViewing {
  /** Parts to skip, by title. */
  readonly markers = new Map<string, Marker[]>();
  private readonly profiles = new Map<string, Profile>();
  private readonly titles: () => Card[];
  private readonly identity: MockIdentity;

  constructor(titles: () => Card[], identity: MockIdentity) {
    this.titles = titles;
    this.identity = identity;
  }

  /** What a profile has watched and keeps, to look into and to prepare. */
  of(profileId: string): Profile {
    const found = this.profiles.get(profileId) ?? { watched: new Map(), list: [], thumbs: new Map() };
    this.profiles.set(profileId, found);
    return found;
  }

  /** Let a profile have stopped somewhere. */
  watch(profileId: string, titleId: string, seconds: number, eventMs = Date.now()): void {
    const former = this.of(profileId).watched.get(titleId);
    if (former !== undefined && former.event_ms > eventMs) return;
    this.of(profileId).watched.set(titleId, { title_id: titleId, position_seconds: seconds, duration_seconds: FILM_SECONDS, event_ms: eventMs, removed: false });
  }

  report(request: IncomingMessage, body: ProgressBody): void {
    const profileId = this.identity.profileOf(request);
    if (profileId !== "") this.watch(profileId, body.movie_id, body.position_seconds, body.event_ms);
  }

  /** What a grant tells beyond where the film is. */
  grantFacts(request: IncomingMessage, title: Card): Record<string, unknown> {
    const profileId = this.identity.profileOf(request);
    const next = this.nextOf(title);
    return {
      resume_position_seconds: profileId === "" ? 0 : this.resume(profileId, title.title_id),
      markers: this.markers.get(title.title_id) ?? [],
      next_episode: next === undefined ? null : cardOf(next),
    };
  }

  private find(id: string | undefined): Card | undefined {
    return this.titles().find((title) => title.title_id === id);
  }

  private episodes(seriesId: unknown): Card[] {
    return this.titles().filter((one) => one.series_id === seriesId && seriesId !== null).sort((a, b) => place(a) - place(b));
  }

  private nextOf(title: Card): Card | undefined {
    return this.episodes(title.series_id).find((one) => one.playable && place(one) > place(title));
  }

  private part(profileId: string, titleId: string) {
    const found = this.of(profileId).watched.get(titleId);
    if (found === undefined) return null;
    const fraction = found.position_seconds / found.duration_seconds;
    const completed = fraction >= COMPLETED;
    return { resume_seconds: completed ? 0 : found.position_seconds, watched_fraction: fraction, completed, watched_at: new Date(found.event_ms).toISOString() };
  }

  private resume(profileId: string, titleId: string): number {
    return this.part(profileId, titleId)?.resume_seconds ?? 0;
  }

  private profiled(handler: (profileId: string, ...rest: Parameters<Handler>) => Promise<void> | void): Handler {
    return (request, response, match, url) => {
      const profileId = this.identity.profileOf(request);
      if (profileId === "") return sendProblem(response, 401, "sign-in-needed", "For members", "Sign in first.");
      return handler(profileId, request, response, match, url);
    };
  }

  private readonly mine = this.profiled((profileId, _request, response, match) => {
    const title = this.find(match[1]);
    if (title === undefined) return sendProblem(response, 404, "title-not-found", "No such title", "There is no such title.");
    const { list, thumbs } = this.of(profileId);
    const episodes = title.kind === "series" ? this.episodes(title.title_id) : [];
    const parts = episodes.flatMap((one) => {
      const part = this.part(profileId, one.title_id);
      return part === null ? [] : [[one.title_id, part] as const];
    });
    const last = parts.toSorted(([, a], [, b]) => b.watched_at.localeCompare(a.watched_at))[0];
    const lastEpisode = this.find(last?.[0]);
    const next = lastEpisode === undefined ? undefined : last?.[1].completed === true ? this.nextOf(lastEpisode) : lastEpisode;
    const own = this.part(profileId, title.title_id);
    sendJson(response, 200, {
      title_id: title.title_id,
      in_my_list: list.includes(title.title_id),
      thumb: thumbs.get(title.title_id) ?? null,
      resume_seconds: own?.resume_seconds ?? 0,
      watched_fraction: own?.watched_fraction ?? null,
      completed: own?.completed ?? false,
      episodes: Object.fromEntries(parts),
      continue_with: next?.title_id ?? null,
    });
  });

  private readonly list = this.profiled(async (profileId, request, response, match) => {
    const profile = this.of(profileId);
    const id = match[1];
    if (id === undefined) {
      const items = profile.list.flatMap((one) => {
        const title = this.find(one);
        return title === undefined ? [] : [{ card: cardOf(title), added_at: new Date().toISOString() }];
      });
      return sendJson(response, 200, { items });
    }
    const body = request.method === "PUT" ? ((await readJson(request)) as { before?: string | null }) : null;
    const without = profile.list.filter((one) => one !== id);
    const at = body?.before === null || body?.before === undefined ? 0 : Math.max(0, without.indexOf(body.before));
    profile.list = body === null ? without : without.toSpliced(at, 0, id);
    sendNothing(response);
  });

  private readonly thumbs = this.profiled(async (profileId, request, response, match) => {
    const { thumbs } = this.of(profileId);
    const id = match[1];
    if (id === undefined) return sendJson(response, 200, { items: Object.fromEntries(thumbs) });
    if (request.method === "DELETE") thumbs.delete(id);
    else thumbs.set(id, String((await readJson(request)).thumb));
    sendNothing(response);
  });

  private readonly continuing = this.profiled((profileId, request, response, match) => {
    const { watched } = this.of(profileId);
    const id = match[1];
    if (id !== undefined) {
      for (const one of watched.values()) {
        const title = this.find(one.title_id);
        if (one.title_id === id || title?.series_id === id || (title?.series_id !== null && title?.series_id === this.find(id)?.series_id)) one.removed = request.method === "DELETE";
      }
      return sendNothing(response);
    }
    sendJson(response, 200, { items: this.going(profileId) });
  });

  /** What to go on with, last watched first. */
  going(profileId: string): Record<string, unknown>[] {
    const seen = new Set<string>();
    return this.lines(profileId).flatMap((one) => {
      const title = this.find(one.title_id);
      const key = typeof title?.series_id === "string" ? title.series_id : one.title_id;
      if (title === undefined || one.removed || seen.has(key)) return [];
      seen.add(key);
      const fraction = one.position_seconds / one.duration_seconds;
      const next = fraction >= COMPLETED ? this.nextOf(title) : title;
      if (next === undefined || fraction < STARTED) return [];
      const series = this.find(String(title.series_id));
      return [{ card: cardOf(next), series: series === undefined ? null : cardOf(series), resume_seconds: next === title ? one.position_seconds : 0, duration_seconds: one.duration_seconds, watched_at: new Date(one.event_ms).toISOString(), up_next: next !== title }];
    });
  }

  private lines(profileId: string): Watched[] {
    return [...this.of(profileId).watched.values()].sort((a, b) => b.event_ms - a.event_ms);
  }

  private readonly history = this.profiled((profileId, request, response, match, url) => {
    const { watched } = this.of(profileId);
    if (request.method === "DELETE") {
      if (match[1] === undefined) watched.clear();
      else watched.delete(match[1]);
      return sendNothing(response);
    }
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const limit = Number(url.searchParams.get("limit") ?? 50);
    const all = this.lines(profileId).map((one) => {
      const title = this.find(one.title_id);
      const series = this.find(String(title?.series_id));
      return { title_id: one.title_id, card: title === undefined ? null : cardOf(title), name: title?.name ?? "Something that is gone", series: series === undefined ? null : cardOf(series), watched_at: new Date(one.event_ms).toISOString(), position_seconds: one.position_seconds, duration_seconds: one.duration_seconds, completed: one.position_seconds / one.duration_seconds >= COMPLETED };
    });
    sendJson(response, 200, { items: all.slice(from, from + limit), next_cursor: all.length > from + limit ? String(from + limit) : null });
  });

  private readonly exported = this.profiled((profileId, _request, response: ServerResponse, _match, url) => {
    const format = url.searchParams.get("format") ?? "json";
    response.writeHead(200, { "Content-Type": format === "csv" ? "text/csv" : "application/json", "Content-Disposition": `attachment; filename="matinee-history.${format}"` });
    response.end(format === "csv" ? `title_id\n${this.lines(profileId).map((one) => one.title_id).join("\n")}` : JSON.stringify(this.lines(profileId)));
  });

  readonly routes: Route[] = [
    ["mine", /^\/api\/v1\/mine\/([^/]+)$/, this.mine],
    ["my-list", /^\/api\/v1\/my-list(?:\/([^/]+))?$/, this.list],
    ["thumbs", /^\/api\/v1\/thumbs(?:\/([^/]+))?$/, this.thumbs],
    ["continue-watching", /^\/api\/v1\/continue-watching(?:\/([^/]+)(?:\/restore)?)?$/, this.continuing],
    ["history-export", /^\/api\/v1\/history\/export$/, this.exported],
    ["history", /^\/api\/v1\/history(?:\/([^/]+))?$/, this.history],
  ];
}
