import { ApiProblem } from "@/api/problem";
import { currentTranslator } from "@/i18n/store";

/** Why a film does not play, in words for the person in front of it. */
export type PlaybackFailure = {
  title: string;
  sentence: string;
  /** What to quote to an operator: Shaka's category and code, or the problem's code and trace. */
  reference: string;
  retryable: boolean;
  /** The service's refusal, where it was one: its code and facts say what would help. */
  problem?: ApiProblem;
};

/** The part of Shaka's error that rules need. */
export type EngineError = { category: number; code: number; severity: number; data: unknown[] };

export const CATEGORY = { network: 1, text: 2, media: 3, manifest: 4, streaming: 5, drm: 6, player: 7 } as const;
const LOAD_INTERRUPTED = 7000;
const BAD_HTTP_STATUS = 1001;
const UNSUPPORTED_SCHEME_OR_CODEC = new Set([4032, 4036, 3005]);

export function isEngineError(value: unknown): value is EngineError {
  return (
    typeof value === "object" && value !== null && "category" in value && "code" in value &&
    typeof value.category === "number" && typeof value.code === "number"
  );
}

/** Whether an error only says that somebody asked for something else meanwhile. */
export function isInterruption(value: unknown): boolean {
  return isEngineError(value) && value.code === LOAD_INTERRUPTED;
}

/** Whether another edge, or the same one later, may do better. */
export function isNetworkError(value: unknown): value is EngineError {
  return isEngineError(value) && value.category === CATEGORY.network;
}

/** Whether the edge refused the address itself, as it does when the grant has run out. */
export function isExpiredAddress(value: unknown): boolean {
  if (!isNetworkError(value) || value.code !== BAD_HTTP_STATUS) return false;
  const status = value.data[1];
  return status === 401 || status === 403 || status === 410;
}

const KINDS: Readonly<Record<number, "network" | "text" | "media" | "manifest" | "streaming" | "drm" | "player">> = {
  [CATEGORY.network]: "network",
  [CATEGORY.text]: "text",
  [CATEGORY.media]: "media",
  [CATEGORY.manifest]: "manifest",
  [CATEGORY.streaming]: "streaming",
  [CATEGORY.drm]: "drm",
  [CATEGORY.player]: "player",
};

function said(kind: (typeof KINDS)[number] | "unknown" | "codec" | "browser"): Pick<PlaybackFailure, "title" | "sentence"> {
  const { t } = currentTranslator();
  return { title: t(`watch.fail-${kind}`), sentence: t(`watch.fail-${kind}-why`) };
}

function fromEngine(error: EngineError): PlaybackFailure {
  const reference = `player ${error.category}/${error.code}`;
  if (UNSUPPORTED_SCHEME_OR_CODEC.has(error.code)) return { ...said("codec"), reference, retryable: false };
  return { ...said(KINDS[error.category] ?? "unknown"), reference, retryable: true };
}

function fromProblem(problem: ApiProblem): PlaybackFailure {
  const reference = problem.traceId === null ? problem.code : `${problem.code} · ${problem.traceId}`;
  return { title: problem.title, sentence: problem.message, reference, retryable: problem.status !== 404 && problem.status !== 403, problem };
}

/** Say in words what went wrong, whatever it was. */
export function describeFailure(thrown: unknown): PlaybackFailure {
  if (thrown instanceof ApiProblem) return fromProblem(thrown);
  if (isEngineError(thrown)) return fromEngine(thrown);
  return { ...said("unknown"), reference: thrown instanceof Error ? thrown.name : "unknown", retryable: true };
}

/** What to say where a browser lacks what adaptive streaming needs. */
export function unsupportedBrowser(): PlaybackFailure {
  return { ...said("browser"), reference: "no media source", retryable: false };
}
