import { endStream } from "@/api/playback";
import { ApiProblem } from "@/api/problem";
import { sendReport } from "@/api/progress";
import { describeFailure } from "@/player/core/failures";
import type { Pulse } from "@/player/core/heartbeat";

const ENDINGS = new Set(["stream-ended", "session-ended", "session-expired", "sign-in-needed", "unauthenticated"]);

/** Whether playing is over: another screen or a member of staff stopped it, or the session is no more. */
export function endsPlaying(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && (error.status === 410 || ENDINGS.has(error.code));
}

/** How the watch page keeps the service told, for one profile; reports that do not arrive are kept for that one alone. */
export function pulseOf(profileId: string): Pulse {
  return {
    report: (beat, haste) => sendReport(profileId, beat, haste),
    end: endStream,
    endingOf: (error) => (endsPlaying(error) ? describeFailure(error) : null),
  };
}
