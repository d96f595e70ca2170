import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router";

import { getTitle } from "@/api/catalogue";
import { ApiProblem, retryDelayMs, shouldRetry } from "@/api/problem";
import { keys } from "@/api/queries";
import { wasSignedIn } from "@/api/refresh";
import { homeQuery } from "@/features/home/useHome";

import { router } from "./routes";

/** A session that ended elsewhere shows itself as a 401: look again at who is signed in. */
function noticeSignOut(error: Error): void {
  if (!(error instanceof ApiProblem) || error.status !== 401) return;
  void client.invalidateQueries({ queryKey: keys.session });
  if (error.code === "session-expired" || error.code === "unauthenticated") void client.invalidateQueries({ queryKey: keys.member });
}

const client = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignOut }),
  mutationCache: new MutationCache({ onError: noticeSignOut }),
  defaultOptions: {
    queries: { retry: shouldRetry, retryDelay: retryDelayMs, staleTime: 15_000, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});

/** Begin what a member will want to see before it is known for certain who is here; the same cookies answer both. */
export function beginEarly(): void {
  const { pathname } = window.location;
  const title = /^\/title\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (pathname === "/" && wasSignedIn()) client.infiniteQuery(homeQuery).catch(() => undefined);
  if (title !== undefined) client.query({ queryKey: keys.title(decodeURIComponent(title)), queryFn: ({ signal }) => getTitle(decodeURIComponent(title), signal) }).catch(() => undefined);
}

export function App() {
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
