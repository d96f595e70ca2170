import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { getOperations, objectsOf, OPERATIONS_LIVE, type LiveObject } from "@/api/operations";
import { keys } from "@/api/queries";

import { Collector, type Board } from "./operationsModel";

/** `looking`: the live places are taken, so the page asks every few seconds instead. */
export type FeedState = "connecting" | "live" | "looking" | "lost";
export type Feed = { state: FeedState; board: Board | null; at: number; error: unknown };

const SHOW_MS = 500;
const LOOK_MS = 3_000;
const SILENT_MS = 4_000;

function read(data: unknown): LiveObject | null {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data) as LiveObject;
  } catch {
    return null;
  }
}

/** Follow every command of every process while the page is open. */
export function useOperationsFeed(): Feed {
  const client = useQueryClient();
  const [feed, setFeed] = useState<Feed>({ state: "connecting", board: null, at: 0, error: null });
  useEffect(() => {
    const collector = new Collector();
    const stopped = new AbortController();
    let source: EventSource | null = null;
    let state: FeedState = "connecting";
    let error: unknown = null;
    let heardAt = Date.now();
    let lookingAt = 0;
    let beats = 0;
    const take = (objects: readonly LiveObject[]) => {
      for (const one of objects) collector.take(one);
      heardAt = Date.now();
    };
    const connect = () => {
      source?.close();
      source = new EventSource(OPERATIONS_LIVE);
      source.addEventListener("message", (event: MessageEvent<unknown>) => {
        const object = read(event.data);
        if (object === null) return;
        state = "live";
        take([object]);
      });
    };
    const look = async () => {
      lookingAt = Date.now();
      try {
        take(objectsOf(await getOperations(stopped.signal)));
        state = "looking";
        error = null;
        // A place may have come free; the browser does not try again after a refusal.
        if (source?.readyState === EventSource.CLOSED) connect();
      } catch (problem) {
        if (stopped.signal.aborted) return;
        state = "lost";
        error = problem;
        void client.invalidateQueries({ queryKey: keys.session });
        if (source?.readyState === EventSource.CLOSED) connect();
      }
    };
    connect();
    const timer = setInterval(() => {
      const silent = Date.now() - heardAt > SILENT_MS;
      if ((source?.readyState === EventSource.CLOSED || silent) && Date.now() - lookingAt > LOOK_MS) void look();
      beats += 1;
      if (beats % 2 === 0) collector.tick();
      const board = collector.board();
      setFeed({ state, board: board.processes.length === 0 ? null : board, at: heardAt, error });
    }, SHOW_MS);
    return () => {
      clearInterval(timer);
      stopped.abort();
      source?.close();
    };
  }, [client]);
  return feed;
}
