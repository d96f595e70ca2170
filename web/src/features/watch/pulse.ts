import { endStream, reportProgress } from "@/api/playback";
import { ApiProblem } from "@/api/problem";
import { describeFailure } from "@/player/core/failures";
import type { Pulse } from "@/player/core/heartbeat";

const ENDINGS = new Set(["stream-ended", "session-ended", "session-expired", "sign-in-needed", "unauthenticated"]);

/** Whether playing is over: another screen or a member of staff stopped it, or the session is no more. */
export function endsPlaying(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && (error.status === 410 || ENDINGS.has(error.code));
}

/** How the watch page keeps the service told. */
export const pulse: Pulse = {
  report: reportProgress,
  end: endStream,
  endingOf: (error) => (endsPlaying(error) ? describeFailure(error) : null),
};
