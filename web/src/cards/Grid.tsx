import "./cards.css";

import type { ReactNode } from "react";

import type { Card } from "@/api/library";
import { Skeleton } from "@/ui/primitives";

import { Tile } from "./Tile";

const SIZES = "(min-width: 1800px) 14rem, (min-width: 720px) 11.2rem, 30vw";
/** How many pictures of a grid are fetched at once: those that any window shows first. */
const EAGER = 6;

type Props = { label: string; cards: readonly Card[]; factsOf?: (card: Card) => ReactNode; testId?: string };

/** Titles in as many columns as fit. */
export function CardGrid({ label, cards, factsOf, testId }: Props) {
  return (
    <ul className="card-grid" aria-label={label} data-testid={testId}>
      {cards.map((card, index) => (
        <li key={card.title_id}>
          <Tile card={card} eager={index < EAGER} sizes={SIZES} facts={factsOf?.(card)} />
        </li>
      ))}
    </ul>
  );
}

export function GridSkeleton({ count = 18 }: { count?: number }) {
  return (
    <div className="card-grid" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="tile-skeleton">
          <Skeleton className="tile-skeleton-picture" />
          <div className="tile-skeleton-words">
            <Skeleton className="tile-skeleton-name" />
            <Skeleton className="tile-skeleton-facts" />
          </div>
        </div>
      ))}
    </div>
  );
}
