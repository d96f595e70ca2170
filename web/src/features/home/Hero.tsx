import type { KeyboardEvent } from "react";
import { Link } from "react-router";

import type { Card } from "@/api/library";
import { ListToggle, PlayLink } from "@/cards/Actions";
import { backdropOf, longFacts, titlePath } from "@/cards/model";
import { useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { walkRows } from "@/ui/rows";

/** Down leads into the first row, wherever in the opening one is. */
function intoRows(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !(event.target instanceof HTMLElement)) return;
  if (walkRows(event.target, 1)) event.preventDefault();
}

/** The opening picture: one title, still, and the shortest way into it. */
export function Hero({ title }: { title: Card }) {
  const speech = useI18n();
  const { t } = speech;
  const picture = backdropOf(title);
  return (
    <section className="hero" aria-label={t("home.featured")} onKeyDown={intoRows}>
      <div className="hero-picture" aria-hidden="true">
        {picture === null ? <div className="hero-beam" /> : <img src={picture.src} srcSet={picture.srcSet} sizes={picture.sizes} width={picture.width} height={picture.height} alt="" fetchPriority="high" decoding="async" />}
      </div>
      <div className="hero-words">
        <h1 tabIndex={-1}>
          <bdi>{title.name}</bdi>
        </h1>
        <p className="hero-facts">{longFacts(title, speech)}</p>
        {title.synopsis !== "" && (
          <p className="hero-synopsis">
            <bdi>{title.synopsis}</bdi>
          </p>
        )}
        <div className="hero-actions">
          <PlayLink card={title} className="button button-primary" />
          <Link to={titlePath(title)} className="button button-quiet" aria-label={t("title.more-name", { name: title.name })}>
            <Icon name="info" />
            {t("title.more")}
          </Link>
          <ListToggle card={title} className="button button-quiet hero-list" />
        </div>
      </div>
    </section>
  );
}
