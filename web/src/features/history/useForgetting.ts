import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { forgetTitle, type HistoryLine } from "@/api/history";
import { keys } from "@/api/queries";
import { currentTranslator } from "@/i18n";
import { currentToasts, subscribeToToasts, toast } from "@/ui/toasts";

type Pending = { line: HistoryLine; undo: () => void };

/**
 * Take single titles out of the history, with a way back.
 *
 * The service forgets for good, so it is told only when the way back is no longer offered: as the message goes, or as
 * the page is left.
 */
export function useForgetting(): { hidden: ReadonlySet<string>; forget: (line: HistoryLine) => void } {
  const client = useQueryClient();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const pending = useRef(new Map<string, Pending>());

  const show = useCallback((titleId: string) => setHidden((before) => new Set([...before].filter((one) => one !== titleId))), []);
  const commit = useCallback(
    ({ line }: Pending) => {
      pending.current.delete(line.title_id);
      forgetTitle(line.title_id).then(
        () => {
          for (const queryKey of [keys.home, keys.allMine]) void client.invalidateQueries({ queryKey, refetchType: "none" });
        },
        () => {
          show(line.title_id);
          toast({ text: currentTranslator().t("history.forget-failed", { name: line.name }), alarming: true });
        },
      );
    },
    [client, show],
  );

  useEffect(() => {
    const waiting = pending.current;
    const commitAll = (): void => {
      for (const one of [...waiting.values()]) commit(one);
    };
    const commitGone = (): void => {
      const offered = new Set(currentToasts().map((one) => one.undo));
      for (const one of [...waiting.values()]) if (!offered.has(one.undo)) commit(one);
    };
    // The way back is taken in the same breath as its message goes: look only after that.
    const unsubscribe = subscribeToToasts(() => queueMicrotask(commitGone));
    window.addEventListener("pagehide", commitAll);
    return () => {
      unsubscribe();
      window.removeEventListener("pagehide", commitAll);
      commitAll();
    };
  }, [commit]);

  const forget = useCallback(
    (line: HistoryLine) => {
      const undo = (): void => {
        pending.current.delete(line.title_id);
        show(line.title_id);
      };
      setHidden((before) => new Set([...before, line.title_id]));
      toast({ text: currentTranslator().t("history.forgotten", { name: line.name }), undo });
      pending.current.set(line.title_id, { line, undo });
    },
    [show],
  );
  return { hidden, forget };
}
