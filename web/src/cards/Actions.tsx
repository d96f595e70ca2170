import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { getTitle } from "@/api/catalogue";
import { getMine } from "@/api/history";
import type { Card } from "@/api/library";
import { keys } from "@/api/queries";
import { useI18n, type MessageKey } from "@/i18n";
import { Icon, type IconName } from "@/ui/icons";

import { titlePath, watchPath } from "./model";
import { useKeeps, useMyList, useThumbs } from "./useMyList";

/** What one does with a title wherever it is shown: play it, keep it, say what one thinks of it. */

/** Which episode of a series plays: the one to go on with, else the first that can be played. */
async function episodeOf(client: ReturnType<typeof useQueryClient>, seriesId: string, keeps: boolean): Promise<string | null> {
  if (keeps) {
    const mine = await client.query({ queryKey: keys.mine(seriesId), queryFn: ({ signal }) => getMine(seriesId, signal), staleTime: 0, retry: false }).catch(() => null);
    if (mine?.continue_with !== null && mine?.continue_with !== undefined) return mine.continue_with;
  }
  const detail = await client.query({ queryKey: keys.title(seriesId), queryFn: ({ signal }) => getTitle(seriesId, signal), staleTime: 60_000 });
  const order = (season: number | null, episode: number | null) => (season ?? 1) * 10_000 + (episode ?? 0);
  const playable = detail.episodes.filter((one) => one.playable).sort((a, b) => order(a.season_number, a.episode_number) - order(b.season_number, b.episode_number));
  return playable[0]?.title_id ?? null;
}

type PlayProps = { card: Card; className: string; compact?: boolean };

/** Play, in one press. A series finds its episode first; its page is the way out where that fails. */
export function PlayLink({ card, className, compact = false }: PlayProps) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const client = useQueryClient();
  const keeps = useKeeps();
  const [finding, setFinding] = useState(false);
  if (!card.playable) return null;
  const direct = watchPath(card);
  const name = t("title.play-name", { name: card.name });
  return (
    <Link
      to={direct ?? titlePath(card)}
      className={className}
      aria-label={name}
      title={compact ? t("title.play") : undefined}
      aria-busy={finding}
      onClick={(event) => {
        if (direct !== null || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (finding) return;
        setFinding(true);
        episodeOf(client, card.title_id, keeps)
          .catch(() => null)
          .then((episode) => navigate(episode === null ? titlePath(card) : `/watch/${encodeURIComponent(episode)}`))
          .finally(() => setFinding(false))
          .catch(() => undefined);
      }}
    >
      <Icon name="play" />
      {!compact && t("title.play")}
    </Link>
  );
}

export function ListToggle({ card, className, compact = false }: PlayProps) {
  const { t } = useI18n();
  const { has, toggle } = useMyList();
  const keeps = useKeeps();
  if (!keeps) return null;
  const on = has(card.title_id);
  return (
    <button type="button" className={className} aria-pressed={on} aria-label={t("list.add-name", { name: card.name })} title={compact ? t("list.add") : undefined} onClick={() => toggle(card)}>
      <Icon name={on ? "check" : "plus"} />
      {!compact && <span className="button-label">{t("list.add")}</span>}
    </button>
  );
}

const THUMBS: readonly (readonly [thumb: "down" | "up" | "double-up", icon: IconName, label: MessageKey])[] = [
  ["up", "thumb-up", "thumb.up"],
  ["double-up", "heart", "thumb.double-up"],
  ["down", "thumb-down", "thumb.down"],
];

export function ThumbButtons({ card, className }: { card: Card; className: string }) {
  const { t } = useI18n();
  const thumbs = useThumbs();
  const keeps = useKeeps();
  if (!keeps) return null;
  const given = thumbs.of(card.title_id);
  return (
    <span className="thumbs" role="group" aria-label={t("thumb.group", { name: card.name })}>
      {THUMBS.map(([thumb, icon, label]) => (
        <button key={thumb} type="button" className={className} aria-pressed={given === thumb} aria-label={t(label)} title={t(label)} onClick={() => thumbs.give(card.title_id, given === thumb ? null : thumb)}>
          <Icon name={icon} />
        </button>
      ))}
    </span>
  );
}
