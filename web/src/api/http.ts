import { noteServerDate } from "./clock";
import { ApiProblem, problemFromResponse, problemFromThrown } from "./problem";
import { renewSession, wasSignedIn } from "./refresh";

export type CallOptions = {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Let the call outlive the page. */
  keepalive?: boolean;
};

const DEFAULT_TIMEOUT_MS = 15_000;

function requestInit(options: CallOptions): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.json !== undefined) headers["Content-Type"] = "application/json";
  const deadline = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return {
    method: options.method ?? "GET",
    headers,
    body: options.json === undefined ? (options.body ?? null) : JSON.stringify(options.json),
    credentials: "same-origin",
    keepalive: options.keepalive ?? false,
    signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
  };
}

async function attempt(path: string, options: CallOptions): Promise<Response> {
  try {
    const response = await fetch(path, requestInit(options));
    noteServerDate(response.headers.get("Date"));
    if (!response.ok) throw await problemFromResponse(response);
    return response;
  } catch (thrown) {
    throw problemFromThrown(thrown);
  }
}

/** Refusals that a renewed session may lift: the access token ran out, or its cookie went with its time. */
function mayBeStale(problem: unknown): boolean {
  if (!(problem instanceof ApiProblem) || problem.status !== 401) return false;
  if (problem.code === "session-expired") return true;
  return wasSignedIn() && (problem.code === "unauthenticated" || problem.code === "sign-in-needed");
}

async function send(path: string, options: CallOptions): Promise<Response> {
  const askedAt = Date.now();
  try {
    return await attempt(path, options);
  } catch (problem) {
    if (!mayBeStale(problem) || !(await renewSession(askedAt))) throw problem;
    return attempt(path, options);
  }
}

/** Call the service and read its JSON answer; failures are `ApiProblem`s. The caller names the answer's type. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  return (await response.json()) as T;
}

/** Call the service where it answers without a body. */
export async function command(path: string, options: CallOptions): Promise<void> {
  await send(path, options);
}

/** Build a query string, leaving out what is absent. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") pairs.set(key, String(value));
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

/** Write an identifier into a path. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}
