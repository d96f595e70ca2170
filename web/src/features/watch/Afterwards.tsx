import { useId } from "react";
import { Link } from "react-router";

import { artworkAt } from "@/api/catalogue";
import type { Card } from "@/api/types";
import { useI18n } from "@/i18n";
import { Poster } from "@/ui/Poster";

const MOST = 6;

/** What to watch after the end. */
export function Afterwards({ cards }: { cards: readonly Card[] }) {
  const { t } = useI18n();
  const id = useId();
  return (
    <section className="afterwards" aria-labelledby={id}>
      <h3 id={id}>{t("watch.afterwards")}</h3>
      <ul data-button-row="">
        {cards.slice(0, MOST).map((card) => (
          <li key={card.title_id}>
            <Link className="card" to={`/title/${card.title_id}`}>
              <Poster name={card.name} year={card.year} src={card.artwork.poster === null ? null : artworkAt(card.artwork.poster, 240)} />
              <span className="card-name">
                <bdi>{card.name}</bdi>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
