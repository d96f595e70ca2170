import "./cards.css";

import type { ReactNode } from "react";
import { Link } from "react-router";

import type { Card } from "@/api/library";
import { useI18n } from "@/i18n";
import { Poster } from "@/ui/Poster";

import { posterOf, shortFacts, stillOf, titlePath } from "./model";
import { Preview } from "./Preview";
import { usePreview } from "./usePreview";

type FrameProps = { card: Card; className: string; children: ReactNode; beside?: ReactNode };

/** A tile with its preview, which children's profiles go without. `children` is the link; `beside` are further controls of the tile. */
export function TileFrame({ card, className, children, beside }: FrameProps) {
  const { anchor, frame, shown, close } = usePreview();
  return (
    <div className={`tile-frame ${className}`} {...frame}>
      {children}
      {beside}
      {shown !== null && <Preview card={card} anchor={anchor} why={shown} onClose={close} />}
    </div>
  );
}

type TileProps = {
  card: Card;
  tabIndex?: 0 | -1;
  /** Fetch the picture at once: it is in view as the page opens. */
  eager?: boolean;
  shape?: "tall" | "wide";
  sizes?: string;
  /** A line of its own below the name, instead of the usual facts. */
  facts?: ReactNode;
};

/** A title as a picture with its name below; leads to its page. */
export function Tile({ card, tabIndex = 0, eager = false, shape = "tall", sizes, facts }: TileProps) {
  const speech = useI18n();
  return (
    <TileFrame card={card} className="">
      <Link to={titlePath(card)} className="card" tabIndex={tabIndex} data-tile="">
        <Poster name={card.name} year={card.year} src={null} picture={shape === "wide" ? stillOf(card, sizes) : posterOf(card, sizes)} eager={eager} shape={shape} arriving={!card.playable && !card.announced} />
        <span className="card-words">
          <span className="card-name">
            <bdi>{card.name}</bdi>
          </span>
          <span className="card-facts">{facts ?? shortFacts(card, speech)}</span>
        </span>
      </Link>
    </TileFrame>
  );
}
