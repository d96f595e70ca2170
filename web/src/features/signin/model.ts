import { ApiProblem } from "@/api/problem";
import { tell } from "@/ui/ProblemNotice";

export type Stumble = { title: string; sentence: string; waitSeconds: number | null; reference: string | null };

function secondsOf(problem: ApiProblem): number | null {
  const fact = problem.facts.retry_after_seconds;
  if (typeof fact === "number" && Number.isFinite(fact)) return Math.ceil(fact);
  return problem.status === 429 ? problem.retryAfterSeconds : null;
}

/** What went wrong at a door, and how long to wait when trying again would be in vain. */
export function stumble(error: unknown): Stumble {
  const { title, sentence, reference } = tell(error);
  const waitSeconds = error instanceof ApiProblem ? secondsOf(error) : null;
  return { title, sentence, waitSeconds, reference: error instanceof ApiProblem && error.kind !== "refused" ? reference : null };
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof ApiProblem && error.code === code;
}

export function waitText(seconds: number): string {
  if (seconds < 90) return `${seconds} second${seconds === 1 ? "" : "s"}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** The words of RFC 8628, wherever an answer carries them. */
export function pairingWord(error: unknown): "pending" | "slower" | "expired" | "denied" | "failed" {
  if (!(error instanceof ApiProblem)) return "failed";
  const words = [error.code, typeof error.facts.error === "string" ? error.facts.error : ""].map((word) => word.replaceAll("-", "_"));
  if (words.includes("authorization_pending")) return "pending";
  if (words.includes("slow_down")) return "slower";
  if (words.includes("access_denied")) return "denied";
  if (words.includes("expired_token") || words.includes("invalid_grant")) return "expired";
  // A service that is away for a moment, or asks to wait, is asked again later; nothing is lost.
  return error.worthRetrying ? "slower" : "failed";
}

const LETTERS = /[^A-Z0-9]/g;

/** A code as people read it from a screen: two groups of four. */
export function codeText(typed: string): string {
  const plain = typed.toUpperCase().replace(LETTERS, "").slice(0, 8);
  return plain.length > 4 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}
