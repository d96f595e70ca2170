import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { keys } from "@/api/queries";
import { search, suggest } from "@/api/search";

const PAUSE_MS = 160;
const FRESH_MS = 60_000;

/** A value once it has stood still for a moment. */
export function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === "" ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** What is found. Former results stay until others come; requests that nobody waits for any more are cancelled. */
export function useFound(q: string) {
  return useInfiniteQuery({
    queryKey: keys.search(q),
    queryFn: ({ pageParam, signal }) => search(q, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    enabled: q !== "",
    placeholderData: q === "" ? undefined : keepPreviousData,
    staleTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
}

export function useSuggestions(q: string) {
  return useQuery({ queryKey: keys.suggestions(q), queryFn: ({ signal }) => suggest(q, signal), enabled: q !== "", placeholderData: q === "" ? undefined : keepPreviousData, staleTime: FRESH_MS, retry: false });
}
