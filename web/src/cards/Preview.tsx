import { useLayoutEffect, useRef, type RefObject } from "react";
import { Link } from "react-router";

import type { Card } from "@/api/library";
import { useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { Poster } from "@/ui/Poster";

import { ListToggle, PlayLink, ThumbButtons } from "./Actions";
import { longFacts, stillOf, titlePath } from "./model";
import { placePreview, type Why } from "./place";

type Props = { card: Card; anchor: RefObject<HTMLElement | null>; why: Why; onClose: () => void };

function headerHeight(): number {
  return document.querySelector(".masthead")?.getBoundingClientRect().bottom ?? 0;
}

/** A larger look at a title beside or over its tile: in the top layer, so that no row cuts it off. */
export function Preview({ card, anchor, why, onClose }: Props) {
  const speech = useI18n();
  const { t } = speech;
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [element, tile] = [panel.current, anchor.current];
    if (element === null || tile === null) return;
    // Shown, measured and placed before anything is drawn.
    element.showPopover();
    const box = tile.getBoundingClientRect();
    const size = { width: element.offsetWidth, height: element.offsetHeight };
    const spot = placePreview(box, size, { width: document.documentElement.clientWidth, height: window.innerHeight }, headerHeight(), why);
    if (spot === null) {
      onClose();
      return;
    }
    element.style.left = `${spot.left}px`;
    element.style.top = `${spot.top}px`;
    element.dataset.placed = why;
    // The row may still glide to where the tile is whole; only somebody's own scrolling sends the preview away.
    const away = () => onClose();
    window.addEventListener("wheel", away, { passive: true });
    window.addEventListener("resize", away);
    return () => {
      window.removeEventListener("wheel", away);
      window.removeEventListener("resize", away);
    };
  }, [anchor, why, onClose]);
  return (
    <div ref={panel} popover="manual" className="preview" data-testid="preview">
      <Link to={titlePath(card)} tabIndex={-1} aria-hidden="true" className="preview-picture">
        <Poster name={card.name} year={card.year} src={null} picture={stillOf(card, "22rem")} eager shape="wide" />
      </Link>
      <div className="preview-words">
        <p className="preview-name">
          <bdi>{card.name}</bdi>
        </p>
        <p className="preview-facts">{longFacts(card, speech)}</p>
        <div className="preview-actions">
          <PlayLink card={card} className="round round-beam" compact />
          <ListToggle card={card} className="round" compact />
          <ThumbButtons card={card} className="round" />
          <Link to={titlePath(card)} className="round round-last" aria-label={t("title.more-name", { name: card.name })} title={t("title.more")}>
            <Icon name="down" />
          </Link>
        </div>
        {card.synopsis !== "" && (
          <p className="preview-synopsis">
            <bdi>{card.synopsis}</bdi>
          </p>
        )}
      </div>
    </div>
  );
}
