import { artworkAt } from "@/api/catalogue";
import type { BrowsePage, TitleCard } from "@/api/types";
import { minutesText, qualityText } from "@/ui/format";
import type { CardModel } from "@/ui/TitleCardLink";

function facts(card: TitleCard): string {
  const parts = [card.year === null ? null : String(card.year), card.kind === "series" ? "Series" : minutesText(card.duration_seconds)];
  return parts.filter((part) => part !== null).join(" · ");
}

/** What a card on a shelf shows of a title. */
export function cardModel(card: TitleCard): CardModel {
  const { poster } = card.artwork;
  return {
    to: `/title/${card.title_id}`,
    name: card.name,
    year: card.year,
    facts: card.playable ? facts(card) : [facts(card), "being made right now"].filter((part) => part !== "").join(" · "),
    poster: poster === null ? null : artworkAt(poster, 240),
    posterLarge: poster === null ? undefined : artworkAt(poster, 480),
    arriving: !card.playable,
    flag: card.complete === false ? `First look · ${qualityText(card.max_height) ?? "early"}` : undefined,
  };
}

/** Whether anything on the page is still on its way, or still growing better. */
export function isArriving(page: BrowsePage): boolean {
  return page.rows.some((row) => row.items.some((card) => !card.playable || card.complete === false));
}

const ARRIVING_REFRESH_MS = 4000;
const QUIET_REFRESH_MS = 60_000;

/** How soon to look again, in milliseconds. */
export function refreshMs(page: BrowsePage | undefined): number {
  return page !== undefined && (page.featured === null || isArriving(page)) ? ARRIVING_REFRESH_MS : QUIET_REFRESH_MS;
}
