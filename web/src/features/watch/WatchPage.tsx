import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useParams, useSearchParams } from "react-router";

import { artworkAt, getTitle } from "@/api/catalogue";
import { openStream } from "@/api/playback";
import { keys } from "@/api/queries";
import type { TitleDetail } from "@/api/types";
import { PlayerView, type PlayerViewProps } from "@/player/shell/PlayerView";
import { usePageTitle } from "@/ui/page";

import { pulse } from "./pulse";
import { Refusal, isRefusal } from "./Refusal";
import { chooseProtocol, contextOf, nextEpisode } from "./model";

function useTitle(id: string | null) {
  return useQuery({ queryKey: keys.title(id ?? ""), queryFn: ({ signal }) => getTitle(id ?? "", signal), enabled: id !== null });
}

function nextUp(series: TitleDetail | undefined, title: TitleDetail | undefined) {
  const next = series === undefined || title === undefined ? null : nextEpisode(series.episodes, title.title_id);
  return next === null ? null : { to: `/watch/${next.title_id}`, label: `Next episode: ${next.name}` };
}

/** The watch page: asks what the title is, and lets the player ask for the rest. */
export function WatchPage() {
  const { id = "" } = useParams();
  const [search] = useSearchParams();
  const title = useTitle(id).data;
  const series = useTitle(title?.series_id ?? null).data;
  const fetchGrant = useCallback(() => openStream(id), [id]);
  const name = title?.name ?? "";
  usePageTitle(name === "" ? "Watch" : name);
  const wayOut = useCallback<PlayerViewProps["wayOut"]>((failure, retry) => (isRefusal(failure) ? <Refusal failure={failure} titleId={id} onRetry={retry} /> : null), [id]);
  const picture = title?.artwork.backdrop ?? title?.artwork.poster ?? null;
  return (
    <PlayerView
      titleId={id}
      name={name}
      context={contextOf(title, series)}
      artworkUrl={picture === null ? null : artworkAt(picture, 480)}
      protocol={chooseProtocol(search.get("protocol"), typeof window.MediaSource === "function")}
      fetchGrant={fetchGrant}
      next={nextUp(series, title)}
      pulse={pulse}
      wayOut={wayOut}
      backTo={`/title/${title?.series_id ?? id}`}
    />
  );
}
