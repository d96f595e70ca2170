/** Everything that can go wrong on the way to the service and back, as one typed error. */

export type ProblemBody = {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  trace_id?: string;
  [fact: string]: unknown;
};

export type ProblemKind = "offline" | "timeout" | "refused" | "fault";

/**
 * A failed call. `kind` says whose turn it is: `offline` and `timeout` are the way there, `refused` (4xx) is about what
 * was asked, `fault` (5xx) is the service's.
 */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly kind: ProblemKind;
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly traceId: string | null;
  readonly retryAfterSeconds: number | null;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(kind: ProblemKind, status: number, body: ProblemBody, retryAfterSeconds: number | null = null) {
    super(body.detail ?? body.title ?? "Something failed");
    this.kind = kind;
    this.status = status;
    this.code = body.code ?? kind;
    this.title = body.title ?? "Something failed";
    this.traceId = body.trace_id ?? null;
    this.retryAfterSeconds = retryAfterSeconds;
    this.facts = body;
  }

  /** Whether the same call may succeed later without anything being changed. */
  get worthRetrying(): boolean {
    return this.kind !== "refused" || this.status === 429 || this.status === 408;
  }
}

const OFFLINE: ProblemBody = {
  title: "Matinee cannot be reached",
  detail: "The connection to the service is down. Check your network, then try again.",
};
const TIMEOUT: ProblemBody = {
  title: "That took too long",
  detail: "The service did not answer in time. Try again in a moment.",
};

/** Turn what `fetch` threw into a problem; an abort by the caller stays what it is. */
export function problemFromThrown(thrown: unknown): unknown {
  if (thrown instanceof ApiProblem) return thrown;
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") return new ApiProblem("timeout", 0, TIMEOUT);
  if (thrown instanceof DOMException && thrown.name === "AbortError") return thrown;
  if (thrown instanceof TypeError) return new ApiProblem("offline", 0, OFFLINE);
  return thrown;
}

function isRecord(value: unknown): value is ProblemBody {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Read a response that is not 2xx; a body that is no problem document still gives a usable sentence. */
export async function problemFromResponse(response: Response): Promise<ApiProblem> {
  const kind: ProblemKind = response.status >= 500 ? "fault" : "refused";
  const retryAfter = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  let body: ProblemBody = {};
  try {
    const parsed: unknown = JSON.parse(await response.text());
    if (isRecord(parsed)) body = parsed;
  } catch {
    body = {};
  }
  body.title ??= kind === "fault" ? "Our mistake" : "Not possible";
  body.detail ??= `The service answered ${response.status}. Try again, or tell the operator.`;
  return new ApiProblem(kind, response.status, body, Number.isFinite(retryAfter) ? retryAfter : null);
}

/** How many attempts a query deserves: two more for what passes by itself, none for a refusal. */
export function shouldRetry(failureCount: number, error: unknown): boolean {
  return failureCount < 2 && (!(error instanceof ApiProblem) || error.worthRetrying);
}

/** Milliseconds before attempt `attempt` (from 0): what the service asked for, else 0.5 s doubling, 8 s at most. */
export function retryDelayMs(attempt: number, error: unknown): number {
  if (error instanceof ApiProblem && error.retryAfterSeconds !== null) {
    return Math.min(error.retryAfterSeconds, 30) * 1000;
  }
  return Math.min(500 * 2 ** attempt, 8000);
}
