import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { picture } from "./art";
import { MockBilling } from "./billing";
import { card, job, jobs, programme, type Card } from "./data";
import { readBody, readJson, sendFile, sendJson, sendNothing, sendProblem } from "./http";
import { MockStudio, written } from "./imports";
import { MockOffice } from "./office";
import { MockIdentity, type Handler } from "./session";
import { dots } from "./png";
import { MockShelves } from "./shelves";
import { cardOf, MockViewing, type ProgressBody } from "./viewing";

export const OPERATOR_KEY = "correct-horse-battery";
export const CONTENT_KEY = { keyId: "00112233445566778899aabbccddeeff", key: "0123456789abcdef0123456789abcdef" };

type Job = ReturnType<typeof job>;
const PEOPLE = [
  { person_id: "pe-1", name: "Ines Okafor", role: "director", character: "" },
  { person_id: "pe-2", name: "Tomás Lindqvist", role: "actor", character: "The keeper" },
  { person_id: "pe-3", name: "Mei Arnaud", role: "actor", character: "The sea" },
  { person_id: "pe-4", name: "Ruth Adeyemi", role: "writer", character: "" },
];

/** What a test says of a title beyond its card. */
function extra(title: Card): Record<string, unknown> {
  return { announced: title.announced === true, released_on: title.released_on ?? null, hot: title.hot === true };
}

type Upload = { length: number; offset: number; metadata: string };

export type Mock = {
  origin: string;
  titles: Card[];
  jobs: Job[];
  /** Counts of what was asked for, by a short name. */
  seen: Record<string, number>;
  /** Problems to answer with instead, by the beginning of the path. */
  broken: Map<string, number>;
  grant: { lifetimeSeconds: number; complete: boolean; licenceToken: string };
  identity: MockIdentity;
  billing: MockBilling;
  office: MockOffice;
  studio: MockStudio;
  viewing: MockViewing;
  shelves: MockShelves;
  /** Whether pictures are made of dots, as photographs are, and not of shapes. */
  dots: boolean;
  /** Answers of the stream routes, by turn: a refusal to open, streams ended elsewhere, what was reported. */
  streams: { refusal: { status: number; body: Record<string, unknown> } | null; ended: string | null; beats: Record<string, unknown>[]; given: string[]; stopped: string[] };
  edges: { stop: () => Promise<void>; start: () => Promise<void>; served: number }[];
  close: () => Promise<void>;
};

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function startEdge(mediaDir: string) {
  const edge = { served: 0, stop: async () => Promise.resolve(), start: async () => Promise.resolve(), origin: "" };
  const cors = { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin" };
  const make = () =>
    createServer((request, response) => {
      const match = /^\/v1\/[^/]+\/(.*)$/.exec(new URL(request.url ?? "/", "http://edge").pathname);
      edge.served += 1;
      if (match?.[1] === undefined || !sendFile(response, mediaDir, match[1], cors)) sendJson(response, 404, {}, cors);
    });
  let server = make();
  const port = await listen(server, 0);
  edge.origin = `http://127.0.0.1:${port}`;
  edge.stop = () => shut(server);
  edge.start = async () => {
    server = make();
    await listen(server, port);
  };
  return edge;
}

/** A stand-in for the gateway with two edges, for browser tests of the client alone. */
export async function startMock(distDir: string, mediaDir: string, port = 0): Promise<Mock> {
  const edges = [await startEdge(mediaDir), await startEdge(mediaDir)];
  const identity = new MockIdentity();
  const billing = new MockBilling(identity);
  const office = new MockOffice(identity, billing);
  const viewing: MockViewing = new MockViewing((): Card[] => [...mock.titles, ...shelves.library], identity);
  const shelves: MockShelves = new MockShelves(() => mock.titles, identity, viewing);
  const bank = await billing.listen(() => `${mock.origin}/account/plan`);
  const mock: Mock = {
    origin: "",
    titles: programme(),
    jobs: jobs(),
    seen: {},
    broken: new Map(),
    grant: { lifetimeSeconds: 3600, complete: true, licenceToken: "licence-token" },
    identity,
    billing,
    office,
    studio: new MockStudio((id) => mock.titles.find((title) => title.title_id === id)),
    viewing,
    shelves,
    dots: false,
    streams: { refusal: null, ended: null, beats: [], given: [], stopped: [] },
    edges,
    close: async () => Promise.resolve(),
  };
  const live = new Set<ServerResponse>();
  const uploads = new Map<string, Upload>();
  let grants = 0;
  const csp = [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data: http://127.0.0.1:*",
    "media-src blob:",
    `connect-src 'self' ${edges.map((edge) => edge.origin).join(" ")} ${bank}`,
    "worker-src blob:",
  ].join("; ");

  const isOperator = (request: IncomingMessage) => request.headers.cookie?.includes("operator=yes") === true;
  const mayEdit = (request: IncomingMessage) => isOperator(request) || ["editor", "admin"].includes(mock.identity.role(request));
  const find = (id: string | undefined) => [...mock.titles, ...shelves.library].find((title) => title.title_id === id);
  const push = () => {
    for (const response of live) response.write(`event: jobs\ndata: ${JSON.stringify({ items: mock.jobs })}\n\n`);
  };
  const missing = (response: ServerResponse) => sendProblem(response, 404, "title-not-found", "No such title", "There is no such title.");

  const browse: Handler = (_request, response) => {
    const shown = mock.titles.filter((title) => title.listed && title.kind !== "episode");
    const by = (genre: string) => shown.filter((title) => (title.genres as string[]).includes(genre));
    sendJson(response, 200, {
      featured: shown.find((title) => title.featured) ?? null,
      rows: [
        { row_id: "new", name: "New here", items: shown },
        { row_id: "mystery", name: "Mystery", items: by("Mystery") },
        { row_id: "drama", name: "Drama", items: by("Drama") },
      ],
    });
  };
  const title: Handler = (_request, response, match) => {
    const found = find(match[1]);
    if (found === undefined) return missing(response);
    sendJson(response, 200, {
      ...found,
      renditions: [{ name: "h264_720p", codec: "h264", width: 1280, height: 720, bits_per_second: 1_500_000 }],
      audio: [
        { name: "en", language: "en", channels: 2, label: "English" },
        { name: "de", language: "de", channels: 2, label: "Deutsch" },
      ],
      text: [{ path: "subtitles/en.vtt", language: "en", label: "English", forced: false }],
      episodes: mock.titles.filter((one) => one.series_id === found.title_id),
      original_name: "",
      people: found.kind === "episode" ? [] : PEOPLE,
      tags: ["slow burn", "sea air"],
      ratings: [{ system: "mpa", label: "PG-13" }],
      languages: ["en", "de"],
      released_on: null,
      hot: false,
      announced: false,
      markers: viewing.markers.get(found.title_id) ?? [],
      similar: mock.titles.filter((one) => one.listed && one.kind === "film" && one.title_id !== found.title_id).slice(0, 6).map(cardOf),
      ...extra(found),
      ...written(found),
    });
  };
  const stream: Handler = (request, response, _match, url) => {
    const found = find(url.searchParams.get("movie_id") ?? undefined);
    if (found === undefined) return missing(response);
    if (mock.streams.refusal !== null) return sendJson(response, mock.streams.refusal.status, { trace_id: "0af7651916cd43dd", ...mock.streams.refusal.body });
    if (!found.playable) return sendProblem(response, 409, "not-playable", "Nothing to play yet", "This film is still being made ready. Try again in a moment.");
    grants += 1;
    const urls = edges.map((edge, index) => ({ pathway: `edge-${index + 1}`, base: `${edge.origin}/v1/token${grants}` })).map(({ pathway, base }) => ({ pathway, hls_url: `${base}/master.m3u8`, dash_url: `${base}/manifest.mpd` }));
    sendJson(response, 200, {
      session_id: `s-${grants}`,
      title_id: found.title_id,
      release_id: mock.grant.complete ? "r-complete" : "r-early",
      name: found.name,
      complete: mock.grant.complete,
      duration_seconds: 24,
      stream_url: urls[0]?.hls_url,
      urls,
      licence_url: "/api/v1/licences",
      licence_token: mock.grant.licenceToken,
      trickplay_url: `${edges[0]?.origin ?? ""}/v1/token${grants}/trickplay/index.vtt`,
      text: [],
      expires_at: new Date(Date.now() + mock.grant.lifetimeSeconds * 1000).toISOString(),
      ...viewing.grantFacts(request, found),
    });
  };
  const progress: Handler = async (request, response) => {
    const beat = (await readJson(request)) as ProgressBody;
    mock.streams.beats.push(beat);
    viewing.report(request, beat);
    if (mock.streams.ended !== null) return sendJson(response, 410, { title: "Stopped", detail: "This stream was ended.", code: "stream-ended", status: 410, reason: mock.streams.ended });
    sendNothing(response);
  };
  const giveBack: Handler = async (request, response) => {
    mock.streams.given.push(String((await readJson(request)).session_id));
    sendNothing(response);
  };
  const stopOne: Handler = (_request, response, match) => {
    mock.streams.stopped.push(match[1] ?? "");
    mock.streams.refusal = null;
    sendNothing(response);
  };
  const licence: Handler = async (request, response) => {
    if (request.headers.authorization !== `Bearer ${mock.grant.licenceToken}`) return sendProblem(response, 401, "token", "Not allowed", "The licence token is not valid.");
    const { kids } = (await readJson(request)) as { kids: string[] };
    sendJson(response, 200, { keys: kids.map((kid) => ({ kty: "oct", kid, k: Buffer.from(CONTENT_KEY.key, "hex").toString("base64url") })), type: "temporary" });
  };
  const session: Handler = async (request, response) => {
    if (request.method === "GET") return sendJson(response, 200, { role: isOperator(request) ? "operator" : "stranger" });
    if (request.method === "DELETE") return sendNothing(response, { "Set-Cookie": "operator=; Max-Age=0; Path=/" });
    const { key } = await readJson(request);
    if (key === OPERATOR_KEY) return sendNothing(response, { "Set-Cookie": "operator=yes; HttpOnly; SameSite=Strict; Path=/" });
    sendProblem(response, 401, "operator-key", "That is not the operator key", "Copy the key again from where the service was started.");
  };
  const studioTitles: Handler = async (request, response, _match, url) => {
    if (request.method === "POST") {
      const made = card(`t-new${mock.titles.length}`, "", { playable: false, complete: null, ...(await readJson(request)) });
      mock.titles.unshift(made);
      return sendJson(response, 201, made);
    }
    const q = (url.searchParams.get("q") ?? "").toLowerCase();
    sendJson(response, 200, { items: mock.titles.filter((one) => one.name.toLowerCase().includes(q)), next_cursor: null });
  };
  const studioTitle: Handler = async (request, response, match) => {
    const found = find(match[1]);
    if (found === undefined) return missing(response);
    if (request.method === "DELETE") {
      mock.titles.splice(mock.titles.indexOf(found), 1);
      return sendNothing(response);
    }
    Object.assign(found, await readJson(request), { version: found.version + 1 });
    sendJson(response, 200, found);
  };
  const jobCommand: Handler = (_request, response, match) => {
    const found = mock.jobs.find((one) => one.job_id === match[1]);
    if (found === undefined) return sendProblem(response, 404, "job-not-found", "No such job", "There is no such job.");
    const order = found.order as unknown as Record<string, unknown> | null;
    if (match[2] === undefined) return sendJson(response, 200, found);
    if (match[2] === "cancel") Object.assign(order ?? found, { state: "cancelled" });
    else if (order !== null) Object.assign(order, { state: "running", failure: null });
    sendNothing(response);
    push();
  };
  const events: Handler = (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    live.add(response);
    response.on("close", () => live.delete(response));
    response.write(`event: jobs\ndata: ${JSON.stringify({ items: mock.jobs })}\n\n`);
  };
  const createUpload: Handler = (request, response) => {
    const id = `u${uploads.size + 1}`;
    uploads.set(id, { length: Number(request.headers["upload-length"]), offset: 0, metadata: String(request.headers["upload-metadata"]) });
    response.writeHead(201, { "Tus-Resumable": "1.0.0", Location: `/api/v1/uploads/${id}` });
    response.end();
  };
  const upload: Handler = async (request, response, match) => {
    const id = match[1] ?? "";
    const found = uploads.get(id);
    if (found === undefined) return sendJson(response, 404, {}, { "Tus-Resumable": "1.0.0" });
    if (request.method === "PATCH") {
      found.offset += (await readBody(request)).byteLength;
      if (found.offset === found.length && !found.metadata.includes("role dGV4dA")) {
        mock.jobs.unshift(job(id, "uploaded.mp4", { state: "inspecting", inspected_fraction: 0.1, inspection: null }));
        push();
      }
    }
    sendNothing(response, { "Tus-Resumable": "1.0.0", "Upload-Offset": String(found.offset), "Upload-Length": String(found.length), "Cache-Control": "no-store" });
  };
  const art: Handler = (_request, response, match, url) => {
    const width = Number(url.searchParams.get("w") ?? 480);
    if (mock.dots) {
      response.writeHead(200, { "Content-Type": "image/png", "Cache-Control": "public, max-age=3600" });
      return void response.end(dots((match[1] ?? "").length * 7 + (match[1] ?? "").charCodeAt(3), width, Math.round(match[2] === "poster" ? width * 1.5 : (width * 9) / 16)));
    }
    response.writeHead(200, { "Content-Type": "image/svg+xml" });
    response.end(picture(match[1] ?? "", match[2] ?? "poster"));
  };
  const candidates: Handler = (_request, response, match) =>
    sendJson(response, 200, { items: [1, 2, 3].map((n) => ({ path: `artwork/frame-${n}.jpg`, url: `/api/v1/studio/titles/${match[1] ?? ""}${n}/candidates/${n}` })) });
  const candidate: Handler = (request, response, match, url) => art(request, response, Object.assign(match, { 2: "backdrop" }), url);
  const artworkChoice: Handler = async (request, response, match) => {
    const found = find(match[1]);
    await readBody(request);
    if (found === undefined) return missing(response);
    const kind = match[2] ?? "poster";
    Object.assign(found, { artwork: { ...(found.artwork as object), [kind]: `/api/v1/titles/${found.title_id}9/artwork/${kind}?v=${found.version + 1}` }, version: found.version + 1 });
    sendJson(response, 200, found);
  };

  const routes: [name: string, pattern: RegExp, handler: Handler][] = [
    ["browse", /^\/api\/v1\/browse$/, browse],
    ["title", /^\/api\/v1\/titles\/([^/]+)$/, title],
    ["artwork", /^\/api\/v1\/titles\/([^/]+)\/artwork\/(\w+)$/, art],
    ["stream", /^\/api\/v1\/stream$/, stream],
    ["progress", /^\/api\/v1\/stream\/progress$/, progress],
    ["end-stream", /^\/api\/v1\/stream\/end$/, giveBack],
    ["stop-stream", /^\/api\/v1\/streams\/([^/]+)$/, stopOne],
    ["licences", /^\/api\/v1\/licences$/, licence],
    ["session", /^\/api\/v1\/operator\/session$/, session],
    ["studio-titles", /^\/api\/v1\/studio\/titles$/, studioTitles],
    ["studio-title", /^\/api\/v1\/studio\/titles\/([^/]+)$/, studioTitle],
    ["candidates", /^\/api\/v1\/studio\/titles\/([^/]+)\/candidates$/, candidates],
    ["candidate", /^\/api\/v1\/studio\/titles\/([^/]+)\/candidates\/\d+$/, candidate],
    ["put-artwork", /^\/api\/v1\/studio\/titles\/([^/]+)\/artwork\/(\w+)(?:\/choice)?$/, artworkChoice],
    ["jobs", /^\/api\/v1\/studio\/jobs$/, (_request, response) => sendJson(response, 200, { items: mock.jobs, next_cursor: null })],
    ["job", /^\/api\/v1\/studio\/jobs\/([^/]+)(?:\/(cancel|retry))?$/, jobCommand],
    ["live", /^\/api\/v1\/studio\/live$/, events],
    ["create-upload", /^\/api\/v1\/uploads\/?$/, createUpload],
    ["upload", /^\/api\/v1\/uploads\/([^/]+)$/, upload],
    ...mock.identity.routes,
    ...mock.billing.routes,
    ...mock.office.routes,
    ...mock.studio.routes,
    ...viewing.routes,
    ...shelves.routes,
  ];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://mock");
    response.setHeader("Content-Security-Policy", csp);
    for (const [start, status] of mock.broken) {
      if (url.pathname.startsWith(start)) return sendProblem(response, status, "unavailable", "Not available right now", "A part of the service is away. Try again in a moment.");
    }
    for (const [name, pattern, handler] of routes) {
      const match = pattern.exec(url.pathname);
      if (match === null) continue;
      mock.seen[name] = (mock.seen[name] ?? 0) + 1;
      const guarded = url.pathname.startsWith("/api/v1/studio") || url.pathname.startsWith("/api/v1/uploads");
      if (guarded && !mayEdit(request)) return sendProblem(response, 401, mock.identity.isStale(request) ? "session-expired" : "unauthenticated", "Sign in first", "Sign in with the operator key.");
      await handler(request, response, match, url);
      return;
    }
    if (url.pathname.startsWith("/api/")) return sendProblem(response, 404, "not-found", "Not found", "There is no such route.");
    if (!sendFile(response, distDir, url.pathname)) sendFile(response, distDir, "index.html");
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  mock.origin = `http://127.0.0.1:${await listen(server, port)}`;
  mock.close = async () => {
    await shut(server);
    await Promise.allSettled([...edges.map((edge) => edge.stop()), billing.close()]);
  };
  return mock;
}
