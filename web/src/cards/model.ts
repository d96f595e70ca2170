import { artworkAt } from "@/api/catalogue";
import type { Card } from "@/api/library";
import type { Translator } from "@/i18n";
import type { Picture } from "@/ui/Poster";

type Width = 240 | 480 | 960 | 1920;

function several(url: string | null, sizes: string, widths: readonly Width[], height: (width: number) => number): Picture | null {
  const [least] = widths;
  if (url === null || least === undefined) return null;
  return { src: artworkAt(url, least), srcSet: widths.map((width) => `${artworkAt(url, width)} ${width}w`).join(", "), sizes, width: least, height: height(least) };
}

const TALL_SIZES = "(min-width: 1800px) 14rem, (min-width: 720px) 11.2rem, (min-width: 407px) 9.4rem, 37vw";
const WIDE_SIZES = "(min-width: 1800px) 22.5rem, (min-width: 720px) 18rem, 62vw";

/** A standing picture, two wide to three high. */
export function posterOf(card: Card, sizes = TALL_SIZES): Picture | null {
  return several(card.artwork.poster, sizes, [240, 480, 960], (width) => width * 1.5);
}

/** A lying picture, sixteen wide to nine high; the poster where there is no other. */
export function stillOf(card: Card, sizes = WIDE_SIZES): Picture | null {
  return several(card.artwork.backdrop ?? card.artwork.poster, sizes, [480, 960], (width) => (width * 9) / 16);
}

/** The picture behind a page's opening. */
export function backdropOf(card: Card): Picture | null {
  return several(card.artwork.backdrop, "100vw", [480, 960, 1920], (width) => (width * 9) / 16);
}

export function titlePath(card: Card): string {
  return `/title/${encodeURIComponent(card.series_id ?? card.title_id)}`;
}

/** Where pressing play leads; null for what does not play, and for a series, of which only its page knows the episode. */
export function watchPath(card: Card): string | null {
  return card.playable && card.kind !== "series" ? `/watch/${encodeURIComponent(card.title_id)}` : null;
}

/** A genre as addresses and the ids of its row have it: `Science Fiction` is `science-fiction`. */
export function genreSlug(genre: string): string {
  return genre.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

export function genreName(speech: Translator, genre: string): string {
  return speech.known(`genre.${genreSlug(genre)}`) ?? genre;
}

export function genrePath(genre: string): string {
  return `/genre/${encodeURIComponent(genreSlug(genre))}`;
}

function lengthOf(card: Card, speech: Translator): string | null {
  if (card.kind === "series") return speech.t("title.series");
  return speech.duration(card.duration_seconds);
}

export function episodeText(card: Card, speech: Translator): string | null {
  if (card.season_number === null || card.episode_number === null) return null;
  return speech.t("title.season-episode", { season: card.season_number, episode: card.episode_number });
}

function shortParts(card: Card, speech: Translator): (string | null)[] {
  const year = card.year === null ? null : speech.year(card.year);
  return [year, episodeText(card, speech), card.announced ? speech.t("title.announced") : lengthOf(card, speech)];
}

/** What stands below a card's name. */
export function shortFacts(card: Card, speech: Translator): string {
  return speech.joined(shortParts(card, speech));
}

/** What stands below a name with more room. */
export function longFacts(card: Card, speech: Translator): string {
  const age = card.maturity === 0 ? speech.t("title.all-ages") : speech.t("title.from-age", { age: card.maturity });
  return speech.joined([...shortParts(card, speech), age, speech.list(card.genres.slice(0, 2).map((genre) => genreName(speech, genre)))]);
}
