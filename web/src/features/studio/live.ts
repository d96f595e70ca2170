import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { keys } from "@/api/queries";
import { LIVE } from "@/api/studio";
import type { JobView } from "@/api/types";

export type LiveState = "connecting" | "live" | "broken";

const RECONNECT_MS = 3000;

function readJobs(data: unknown): JobView[] | null {
  if (typeof data !== "string") return null;
  try {
    return (JSON.parse(data) as { items: JobView[] }).items;
  } catch {
    return null;
  }
}

/** Keep the newest jobs current while the studio is open; each one also feeds its own page. */
export function useLiveJobs(): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let source: EventSource | null = null;
    const connect = () => {
      source = new EventSource(LIVE);
      source.addEventListener("jobs", (event: MessageEvent<unknown>) => {
        const items = readJobs(event.data);
        if (items === null) return;
        setState("live");
        client.setQueryData(keys.jobs, items);
        for (const item of items) client.setQueryData(keys.job(item.job_id), item);
      });
      source.addEventListener("error", () => {
        setState("broken");
        // The browser reconnects by itself unless the answer was a refusal, which closes the source for good.
        if (source?.readyState === EventSource.CLOSED) {
          void client.invalidateQueries({ queryKey: keys.session });
          timer = setTimeout(connect, RECONNECT_MS);
        }
      });
    };
    connect();
    return () => {
      source?.close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client]);
  return state;
}
