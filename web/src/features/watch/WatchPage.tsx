import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useParams, useSearchParams } from "react-router";

import { artworkAt, getTitle } from "@/api/catalogue";
import { serverNow } from "@/api/clock";
import { keys } from "@/api/queries";
import { useI18n } from "@/i18n";
import { PlayerView, type PlayerViewProps } from "@/player/shell/PlayerView";
import type { StartAt } from "@/player/shell/usePlayer";
import { currentProfile, useSession } from "@/session/useSession";
import { usePageTitle } from "@/ui/page";

import { Afterwards } from "./Afterwards";
import { chooseProtocol, contextOf, habitsOf, nextEpisode, nextUp } from "./model";
import { pulseOf } from "./pulse";
import { Refusal, isRefusal } from "./Refusal";
import { useFollowing, useWatching } from "./useFollowing";

function useTitle(id: string | null) {
  return useQuery({ queryKey: keys.title(id ?? ""), queryFn: ({ signal }) => getTitle(id ?? "", signal), enabled: id !== null });
}

/** What pages show of progress is stale once somebody has watched. */
function useStaleAfterwards(): void {
  const client = useQueryClient();
  useEffect(
    () => () => {
      for (const queryKey of [keys.home, keys.allMine, keys.history]) void client.invalidateQueries({ queryKey });
    },
    [client],
  );
}

/**
 * Where to begin. `?from=start` holds for this visit: it leaves the address once it is read, so that loading the page
 * again does not throw away where somebody is by then.
 */
function useStart(id: string): StartAt {
  const [search, setSearch] = useSearchParams();
  const wish = search.get("from") === "start";
  const [kept, setKept] = useState<{ id: string; start: StartAt }>({ id, start: wish ? "beginning" : "resume" });
  if (kept.id !== id) setKept({ id, start: wish ? "beginning" : "resume" });
  useEffect(() => {
    if (!wish) return;
    setSearch(
      (before) => {
        before.delete("from");
        return before;
      },
      { replace: true },
    );
  }, [wish, setSearch]);
  return kept.start;
}

/** The watch page: asks what the title is, and lets the player ask for the rest. */
export function WatchPage() {
  const { t } = useI18n();
  const { id = "" } = useParams();
  const [search] = useSearchParams();
  const profile = currentProfile(useSession().data);
  const title = useTitle(id).data;
  const series = useTitle(title?.series_id ?? null).data;
  const start = useStart(id);
  const { fetchGrant, announced, ahead } = useWatching(id);
  const next = useMemo(() => {
    const listed = series === undefined || title === undefined ? null : nextEpisode(series.episodes, title.title_id);
    return nextUp(announced ?? listed, t);
  }, [announced, series, title, t]);
  const following = useFollowing(next, ahead);
  const profileId = profile?.profile_id ?? "";
  const pulse = useMemo(() => pulseOf(profileId), [profileId]);
  const habits = useMemo(() => habitsOf(profile), [profile]);
  useStaleAfterwards();
  const name = title?.name ?? "";
  usePageTitle(name === "" ? t("watch.watch") : name);
  const wayOut = useCallback<PlayerViewProps["wayOut"]>((failure, retry) => (isRefusal(failure) ? <Refusal failure={failure} titleId={id} onRetry={retry} /> : null), [id]);
  const picture = title?.artwork.backdrop ?? title?.artwork.poster ?? null;
  const suggestions = (series ?? title)?.similar ?? [];
  return (
    <PlayerView
      titleId={id}
      name={name}
      seriesName={series?.name ?? ""}
      context={contextOf(title, series, t)}
      artworkUrl={picture === null ? null : artworkAt(picture, 480)}
      protocol={chooseProtocol(search.get("protocol"), typeof window.MediaSource === "function")}
      start={start}
      fetchGrant={fetchGrant}
      following={following}
      habits={habits}
      pulse={pulse}
      now={serverNow}
      wayOut={wayOut}
      backTo={`/title/${title?.series_id ?? id}`}
      afterwards={suggestions.length === 0 ? null : <Afterwards cards={suggestions} />}
    />
  );
}
