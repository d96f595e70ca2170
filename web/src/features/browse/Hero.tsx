import { artworkAt } from "@/api/catalogue";
import type { TitleCard } from "@/api/types";
import { minutesText, qualityText } from "@/ui/format";
import { LinkButton } from "@/ui/primitives";

/** The opening picture: one title, and the shortest way into it. */
export function Hero({ title }: { title: TitleCard }) {
  const { backdrop } = title.artwork;
  const facts = [
    title.year === null ? null : String(title.year),
    title.kind === "series" ? "Series" : minutesText(title.duration_seconds),
    title.genres.slice(0, 2).join(", "),
    qualityText(title.max_height),
  ].filter((part) => part !== null && part !== "");
  return (
    <section className="hero" aria-label="Featured">
      <div className="hero-picture" aria-hidden="true">
        {backdrop === null ? (
          <div className="hero-beam" />
        ) : (
          <img src={artworkAt(backdrop, 1920)} srcSet={`${artworkAt(backdrop, 960)} 960w, ${artworkAt(backdrop, 1920)} 1920w`} sizes="100vw" alt="" fetchPriority="high" />
        )}
      </div>
      <div className="hero-words">
        <h1 tabIndex={-1}>{title.name}</h1>
        <p className="hero-facts">{facts.join(" · ")}</p>
        <p className="hero-synopsis">{title.synopsis}</p>
        <div className="hero-actions">
          {title.playable && title.kind !== "series" && (
            <LinkButton to={`/watch/${title.title_id}`} look="primary" icon="play">
              Play<span className="visually-hidden"> {title.name}</span>
            </LinkButton>
          )}
          <LinkButton to={`/title/${title.title_id}`} look="quiet" icon="info">
            Details<span className="visually-hidden"> of {title.name}</span>
          </LinkButton>
        </div>
      </div>
    </section>
  );
}
