import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";

import { getTitle } from "@/api/catalogue";
import { endStream, openStream } from "@/api/playback";
import { keys } from "@/api/queries";
import type { Card, StreamGrant } from "@/api/types";
import type { NextUp } from "@/player/shell/Controls";
import type { Following } from "@/player/shell/PlayerView";

import { Ahead } from "./ahead";

export type Watching = {
  fetchGrant: () => Promise<StreamGrant>;
  /** What the service says comes next; undefined before it has said anything. */
  announced: Card | null | undefined;
  ahead: Ahead;
};

/** The permission to play a title, and what its answer says comes after it. */
export function useWatching(titleId: string): Watching {
  const [ahead] = useState(() => new Ahead(openStream, endStream));
  const [answer, setAnswer] = useState<{ titleId: string; next: Card | null } | null>(null);
  const fetchGrant = useCallback(async () => {
    const grant = (await ahead.take(titleId)) ?? (await openStream(titleId));
    setAnswer({ titleId, next: grant.next_episode ?? null });
    return grant;
  }, [ahead, titleId]);
  useEffect(() => ahead.release, [ahead]);
  return { fetchGrant, announced: answer?.titleId === titleId ? answer.next : undefined, ahead };
}

/** How the player goes on to the next episode, without the page being left. */
export function useFollowing(next: NextUp | null, ahead: Ahead): Following {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMemo(
    () => ({
      next,
      prepare: () => {
        if (next === null) return;
        ahead.fetch(next.titleId);
        client.query({ queryKey: keys.title(next.titleId), queryFn: ({ signal }) => getTitle(next.titleId, signal) }).catch(() => undefined);
        if (next.pictureUrl !== null) new Image().src = next.pictureUrl;
      },
      goOn: () => {
        if (next !== null) void navigate(next.to, { replace: true });
      },
      ahead,
    }),
    [next, ahead, client, navigate],
  );
}
