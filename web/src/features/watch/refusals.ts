import type { ActiveStream } from "@/api/playback";
import type { ApiProblem } from "@/api/problem";

function isStream(value: unknown): value is ActiveStream {
  return typeof value === "object" && value !== null && "session_id" in value && typeof value.session_id === "string";
}

/** The streams that a refusal names. */
export function activeStreams(problem: ApiProblem): ActiveStream[] {
  const { active } = problem.facts;
  return Array.isArray(active) ? active.filter(isStream) : [];
}

/** What plays, and who watches it where; whatever of it is known. */
export function streamWords(stream: ActiveStream): { what: string; who: string } {
  const who = [stream.profile_name, stream.device_name].filter((part) => part !== undefined && part !== "");
  return { what: stream.title_name ?? stream.name ?? "A film", who: who.length === 0 ? "On another screen" : who.join(" · ") };
}

const REASONS: Record<string, string> = {
  owner: "Somebody stopped it from another screen of this account.",
  "stopped-by-owner": "Somebody stopped it from another screen of this account.",
  staff: "The house stopped it.",
  "stopped-by-staff": "The house stopped it.",
  expired: "Nothing was heard from this screen for a while.",
  "not-entitled": "The plan of this account has ended.",
  erased: "The account is no more.",
};

/** Why a stream was ended, in words. A reason that this version does not know is left out. */
export function endingWords(problem: ApiProblem): string {
  const { reason } = problem.facts;
  return typeof reason === "string" ? (REASONS[reason] ?? "") : "";
}
