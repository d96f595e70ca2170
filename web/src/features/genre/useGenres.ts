import { useQuery } from "@tanstack/react-query";

import { listGenres } from "@/api/library";
import { keys } from "@/api/queries";

export function useGenres() {
  return useQuery({ queryKey: keys.genres, queryFn: ({ signal }) => listGenres(signal), staleTime: 300_000 });
}
