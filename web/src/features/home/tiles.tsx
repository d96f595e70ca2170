import type { KeyboardEvent } from "react";
import { Link } from "react-router";

import type { HomeItem } from "@/api/home";
import { episodeText, posterOf, shortFacts, stillOf, titlePath, watchPath } from "@/cards/model";
import { TileFrame } from "@/cards/Tile";
import { useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { Poster } from "@/ui/Poster";

import { leftSeconds } from "./model";

type TileProps = { item: HomeItem; tabIndex: 0 | -1; eager: boolean };

/** Where somebody was: goes straight on, shows how far, and can be taken away. */
export function ContinueTile({ item, tabIndex, eager, onRemove }: TileProps & { onRemove: (item: HomeItem) => void }) {
  const speech = useI18n();
  const { t } = speech;
  const left = leftSeconds(item);
  const fraction = item.watched_fraction ?? 0;
  const facts = speech.joined([episodeText(item, speech), item.up_next ? t("home.up-next") : left === null ? null : t("home.left", { duration: speech.duration(left) })]);
  const remove = () => onRemove(item);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Delete") return;
    event.preventDefault();
    remove();
  };
  return (
    <TileFrame
      card={item}
      className="continue-tile"
      beside={
        <button type="button" className="continue-remove" tabIndex={tabIndex} aria-label={t("home.remove", { name: item.series_name ?? item.name })} onClick={remove}>
          <Icon name="close" />
        </button>
      }
    >
      <Link to={watchPath(item) ?? titlePath(item)} className="card" tabIndex={tabIndex} data-tile="" aria-keyshortcuts="Delete" onKeyDown={onKeyDown}>
        <span className="continue-picture">
          <Poster name={item.name} year={item.year} src={null} picture={stillOf(item)} eager={eager} shape="wide" />
          {item.playable && (
            <span className="continue-play">
              <Icon name="play" />
            </span>
          )}
          {fraction > 0 && (
            <span className="continue-bar" aria-hidden="true">
              <span style={{ inlineSize: `${Math.min(Math.max(fraction, 0.02), 1) * 100}%` }} />
            </span>
          )}
        </span>
        <span className="card-words">
          <span className="card-name">
            <bdi>{item.series_name ?? item.name}</bdi>
          </span>
          <span className="card-facts">{facts}</span>
        </span>
        {fraction > 0 && <span className="visually-hidden">{t("home.watched", { fraction })}</span>}
      </Link>
    </TileFrame>
  );
}

/** One of the ten: its place as large as itself. */
export function TopTile({ item, tabIndex, eager }: TileProps) {
  const speech = useI18n();
  const rank = item.rank ?? 0;
  return (
    <TileFrame card={item} className="top-tile">
      <Link to={titlePath(item)} className="card" tabIndex={tabIndex} data-tile="">
        <span className="top-line">
          <span className={rank >= 10 ? "top-rank top-rank-long" : "top-rank"} aria-hidden="true">
            {speech.number(rank)}
          </span>
          <span className="top-poster">
            <Poster name={item.name} year={item.year} src={null} picture={posterOf(item)} eager={eager} />
          </span>
        </span>
        <span className="visually-hidden">{speech.t("home.rank", { rank })}</span>
        <span className="card-words">
          <span className="card-name">
            <bdi>{item.name}</bdi>
          </span>
          <span className="card-facts">{shortFacts(item, speech)}</span>
        </span>
      </Link>
    </TileFrame>
  );
}
