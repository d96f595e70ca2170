import { call, command, query, segment } from "./http";
import type { JobPage, JobView, OperatorSession } from "./types";

const SESSION = "/api/v1/operator/session";
const JOBS = "/api/v1/studio/jobs";

export const UPLOADS = "/api/v1/uploads";
export const LIVE = "/api/v1/studio/live";

export function getSession(signal?: AbortSignal): Promise<OperatorSession> {
  return call<OperatorSession>(SESSION, { signal });
}

/** Sign in with the operator key; a wrong one is refused with code `operator-key`. */
export function signIn(key: string): Promise<void> {
  return command(SESSION, { method: "POST", json: { key } });
}

export function signOut(): Promise<void> {
  return command(SESSION, { method: "DELETE" });
}

export function listJobs(cursor: string | null, signal?: AbortSignal): Promise<JobPage> {
  return call<JobPage>(`${JOBS}${query({ limit: 50, cursor })}`, { signal });
}

export function getJob(id: string, signal?: AbortSignal): Promise<JobView> {
  return call<JobView>(`${JOBS}/${segment(id)}`, { signal });
}

export function cancelJob(id: string): Promise<void> {
  return command(`${JOBS}/${segment(id)}/cancel`, { method: "POST" });
}

export function retryJob(id: string): Promise<void> {
  return command(`${JOBS}/${segment(id)}/retry`, { method: "POST" });
}
