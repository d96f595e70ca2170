import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { keys } from "@/api/queries";
import { markSignedOut } from "@/api/refresh";
import { getSession, signOut, type ProfileView, type SessionView } from "@/api/session";

export type Membership = "unknown" | "stranger" | "member" | "operator";

/** Who is here, as every page may ask. */
export function useSession() {
  return useQuery({ queryKey: keys.member, queryFn: ({ signal }) => getSession(signal), staleTime: 60_000 });
}

export function membershipOf(view: SessionView | undefined): Membership {
  if (view === undefined) return "unknown";
  if (view.account !== null) return "member";
  return view.role === "operator" ? "operator" : "stranger";
}

/** Whether this session may use the studio. */
export function mayEdit(view: SessionView | undefined): boolean {
  return view !== undefined && (view.role === "editor" || view.role === "admin" || view.role === "operator");
}

export function currentProfile(view: SessionView | undefined): ProfileView | null {
  return view?.profile ?? null;
}

/** Take up another session: what had been answered to the former one is forgotten, and pages in view ask again. */
export async function takeUp(client: QueryClient, view: SessionView): Promise<void> {
  client.setQueryData(keys.member, view);
  await client.resetQueries({ predicate: (query) => query.queryKey[0] !== keys.member[0] });
}

/** Returns the way to take up a session that an answer brought. */
export function useTakeUp(): (view: SessionView) => Promise<void> {
  const client = useQueryClient();
  return (view) => takeUp(client, view);
}

/** What to do when the session is no more: load the front anew, so that nothing shown to somebody stays in memory. */
export function forgetSession(): void {
  markSignedOut();
  window.location.assign("/");
}

export async function leaveHouse(): Promise<void> {
  await signOut();
  forgetSession();
}
