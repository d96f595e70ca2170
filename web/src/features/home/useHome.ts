import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect } from "react";

import { getHome, type HomeItem, type HomePage } from "@/api/home";
import { removeContinuing, restoreContinuing } from "@/api/lists";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import { currentTranslator } from "@/i18n";
import { toast } from "@/ui/toasts";

import { isCutShort, isEmpty, withoutContinuing } from "./model";

/** A screen and the next one; more come as somebody goes there. */
const ROWS_A_PAGE = 4;
const FRESH_MS = 60_000;
const RECOVER_MS = 5_000;

export type HomeData = InfiniteData<HomePage, string | null>;

export const homeQuery = {
  queryKey: keys.home,
  queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) => getHome(pageParam, ROWS_A_PAGE, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (last: HomePage) => last.next_cursor,
};

/** The home page, page by page. It is made anew when somebody comes back to it, never under their eyes; a failed one tries again by itself. */
export function useHome() {
  const client = useQueryClient();
  const home = useInfiniteQuery({
    ...homeQuery,
    staleTime: FRESH_MS,
    refetchOnWindowFocus: false,
    refetchOnReconnect: (query) => query.state.status === "error",
    // A failed page, an empty house, and a short page that had to leave rows out look again by themselves.
    refetchInterval: ({ state }) => (state.data === undefined ? (state.status === "error" ? RECOVER_MS : false) : isEmpty(state.data.pages) || isCutShort(state.data.pages) ? RECOVER_MS : false),
  });
  const lost = home.isFetchNextPageError && home.error instanceof ApiProblem && home.error.status === 400;
  useEffect(() => {
    // The page that the cursor belongs to is gone: begin a new one.
    if (lost) void client.resetQueries({ queryKey: keys.home });
  }, [lost, client]);
  return home;
}

/** Take something off what to go on with, at once, with a way back. */
export function useRemoveContinuing(): (item: HomeItem) => void {
  const client = useQueryClient();
  return (item) => {
    const { t } = currentTranslator();
    const before = client.getQueryData<HomeData>(keys.home);
    const show = (data: HomeData | undefined) => {
      if (data !== undefined) client.setQueryData<HomeData>(keys.home, data);
    };
    const without = before === undefined ? undefined : { ...before, pages: withoutContinuing(before.pages, item) };
    const settled = () => void client.invalidateQueries({ queryKey: keys.home, refetchType: "none" });
    show(without);
    const removed = removeContinuing(item.title_id).then(
      () => true,
      () => {
        show(before);
        toast({ text: t("home.remove-failed", { name: item.name }), alarming: true });
        return false;
      },
    );
    const undo = async () => {
      show(before);
      if (!(await removed)) return;
      await restoreContinuing(item.title_id).catch(() => {
        show(without);
        toast({ text: t("home.restore-failed", { name: item.name }), alarming: true });
      });
      settled();
    };
    void removed.then(settled);
    toast({ text: t("home.removed", { name: item.name }), undo: () => void undo() });
  };
}
