import { ApiProblem } from "./problem";
import { reportProgress, type Progress } from "./playback";

/**
 * Where somebody is in a film, on its way to the service.
 *
 * The last report of each title is kept on the device until the service has answered, so that a network that is away or
 * a browser that is gone loses nobody's place: it is sent later, with the moment at which it was true.
 */

type Kept = { profile_id: string; progress: Progress };

const KEY = "matinee.progress";
const MOST_KEPT = 50;
const LARGEST_CHARACTERS = 100_000;

type Shelf = Pick<Storage, "getItem" | "setItem">;

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { profile_id: profile, progress } = value as Record<string, unknown>;
  if (typeof profile !== "string" || typeof progress !== "object" || progress === null) return false;
  const { session_id: session, movie_id: movie, position_seconds: position, event_ms: at } = progress as Record<string, unknown>;
  return typeof session === "string" && typeof movie === "string" && typeof position === "number" && typeof at === "number";
}

/** What is kept; anything unreadable counts as nothing. */
export function keptReports(storage: Shelf): Kept[] {
  try {
    const text = storage.getItem(KEY) ?? "[]";
    const stored: unknown = text.length > LARGEST_CHARACTERS ? [] : JSON.parse(text);
    return Array.isArray(stored) ? stored.filter(isKept) : [];
  } catch {
    return [];
  }
}

function store(storage: Shelf, kept: readonly Kept[]): void {
  try {
    storage.setItem(KEY, JSON.stringify(kept.slice(-MOST_KEPT)));
  } catch {
    // A storage that is full or forbidden keeps nothing; the report itself is still on its way.
  }
}

function isSame(one: Kept, profileId: string, titleId: string): boolean {
  return one.profile_id === profileId && one.progress.movie_id === titleId;
}

/** Keep a report in place of the title's former one. The oldest go when there are too many. */
export function keepReport(storage: Shelf, profileId: string, progress: Progress): void {
  store(storage, [...keptReports(storage).filter((one) => !isSame(one, profileId, progress.movie_id)), { profile_id: profileId, progress }]);
}

/** Forget a report that has arrived; a later one of the same title stays. */
export function dropReport(storage: Shelf, profileId: string, progress: Progress): void {
  store(storage, keptReports(storage).filter((one) => !isSame(one, profileId, progress.movie_id) || one.progress.event_ms > progress.event_ms));
}

/** Whether sending again later may do better: the way there failed, the service is away, or the session has to be renewed first. */
function mayArriveLater(error: unknown): boolean {
  return !(error instanceof ApiProblem) || error.worthRetrying || error.status === 401;
}

/** Report, and keep what does not arrive. Rejects as the call does. */
export async function sendReport(profileId: string, progress: Progress, leaving: "leaving" | "staying"): Promise<void> {
  if (profileId === "") return reportProgress(progress, leaving);
  keepReport(window.localStorage, profileId, progress);
  try {
    await reportProgress(progress, leaving);
    dropReport(window.localStorage, profileId, progress);
  } catch (error) {
    if (!mayArriveLater(error)) dropReport(window.localStorage, profileId, progress);
    throw error;
  }
}

let sending: Promise<void> | null = null;

async function sendAll(profileId: string, butTitle: string | null): Promise<void> {
  for (const { profile_id: owner, progress } of keptReports(window.localStorage)) {
    if (owner !== profileId || progress.movie_id === butTitle) continue;
    try {
      await sendReport(owner, progress, "staying");
    } catch (error) {
      if (mayArriveLater(error)) return;
    }
  }
}

/** Send what was kept for a profile; never another's. `butTitle` is one that plays now and tells for itself. */
export function sendLate(profileId: string, butTitle: string | null = null): Promise<void> {
  sending ??= sendAll(profileId, butTitle).finally(() => {
    sending = null;
  });
  return sending;
}
