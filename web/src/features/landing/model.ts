import { artworkAt } from "@/api/catalogue";
import type { BrowsePage, Row, TitleCard } from "@/api/types";
import { minutesText } from "@/ui/format";
import type { CardModel } from "@/ui/TitleCardLink";

function isFree(card: TitleCard): boolean {
  return card.audience === "everyone";
}

/** The film that a stranger may start at once: the featured one, else the first that plays. */
export function freeFilm(page: BrowsePage): TitleCard | null {
  const all = [...(page.featured === null ? [] : [page.featured]), ...page.rows.flatMap((row) => row.items)];
  return all.find((card) => card.playable && card.kind === "film" && isFree(card)) ?? null;
}

export function landingRows(page: BrowsePage): Row[] {
  return page.rows.filter((row) => row.items.length > 0);
}

/** What a card at the front shows: what it costs is the first thing that a stranger wants to know. */
export function landingCard(card: TitleCard): CardModel {
  const { poster } = card.artwork;
  const facts = [card.year === null ? null : String(card.year), card.kind === "series" ? "Series" : minutesText(card.duration_seconds)];
  return {
    to: `/title/${card.title_id}`,
    name: card.name,
    year: card.year,
    facts: [...facts, card.playable ? null : "being made right now"].filter((part) => part !== null).join(" · "),
    poster: poster === null ? null : artworkAt(poster, 240),
    posterLarge: poster === null ? undefined : artworkAt(poster, 480),
    arriving: !card.playable,
    flag: isFree(card) ? "Free" : "Members",
  };
}

const ARRIVING_MS = 4_000;
const QUIET_MS = 60_000;

/** How soon to look again, in milliseconds: soon while something is on its way. */
export function refreshMs(page: BrowsePage | undefined): number {
  const arriving = page?.rows.some((row) => row.items.some((card) => !card.playable)) === true;
  return page !== undefined && (page.featured === null || arriving) ? ARRIVING_MS : QUIET_MS;
}
