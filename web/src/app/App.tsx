import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router";

import { ApiProblem, retryDelayMs, shouldRetry } from "@/api/problem";
import { keys } from "@/api/queries";

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

export function App() {
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
