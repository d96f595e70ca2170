import "./mylist.css";

import { useState } from "react";
import { Link } from "react-router";

import type { ListItem } from "@/api/lists";
import { PlayLink } from "@/cards/Actions";
import { longFacts, stillOf, titlePath } from "@/cards/model";
import { useMyList } from "@/cards/useMyList";
import { useI18n } from "@/i18n";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Poster } from "@/ui/Poster";
import { LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { useOrder } from "./useOrder";

const EAGER = 5;

type LineProps = {
  item: ListItem;
  at: number;
  count: number;
  dragged: boolean;
  handle: ReturnType<ReturnType<typeof useOrder>["handle"]>;
  onMove: (to: number) => void;
  onRemove: () => void;
};

function Line({ item, at, count, dragged, handle, onMove, onRemove }: LineProps) {
  const speech = useI18n();
  const { t } = speech;
  const { card } = item;
  const { name } = card;
  return (
    <li className={dragged ? "keep keep-dragged" : "keep"} data-testid="kept">
      <button type="button" className="keep-handle" aria-label={t("mylist.handle", { name })} {...handle}>
        <Icon name="grip" />
      </button>
      <Link to={titlePath(card)} className="keep-title">
        <span className="keep-picture">
          <Poster name={name} year={card.year} src={null} picture={stillOf(card, "12rem")} eager={at < EAGER} shape="wide" arriving={!card.playable && !card.announced} />
        </span>
        <span className="keep-words">
          <span className="keep-name">
            <bdi>{name}</bdi>
          </span>
          <span className="keep-facts">{longFacts(card, speech)}</span>
          <span className="keep-added">{t("mylist.added", { date: speech.date(item.added_at, "short-day") })}</span>
        </span>
      </Link>
      <div className="keep-actions">
        <PlayLink card={card} className="round round-beam" compact />
        <button type="button" className="round" disabled={at === 0} aria-label={t("mylist.move-top", { name })} onClick={() => onMove(0)}>
          <Icon name="top" />
        </button>
        <button type="button" className="round" disabled={at === 0} aria-label={t("mylist.move-up", { name })} onClick={() => onMove(at - 1)}>
          <Icon name="up" />
        </button>
        <button type="button" className="round" disabled={at === count - 1} aria-label={t("mylist.move-down", { name })} onClick={() => onMove(at + 1)}>
          <Icon name="down" />
        </button>
        <button type="button" className="round" aria-label={t("mylist.remove", { name })} onClick={onRemove}>
          <Icon name="close" />
        </button>
      </div>
    </li>
  );
}

function Lines({ items }: { items: readonly ListItem[] }) {
  const { t } = useI18n();
  const { toggle, move, now } = useMyList();
  const [said, setSaid] = useState("");
  const onMove = (item: ListItem, to: number) => {
    const values = { name: item.card.name, place: to + 1, count: items.length };
    setSaid(t("mylist.moved", values));
    void move(item.card, to).then((done) => {
      if (!done) setSaid(t("mylist.move-failed", values));
    });
  };
  const { list, shown, handle, dragged } = useOrder(now, onMove);
  return (
    <>
      <p className="page-lead">
        {t("mylist.count", { count: items.length })} · {t("mylist.hint")}
      </p>
      <p role="status" className="visually-hidden">
        {said}
      </p>
      <ol className="keeps" ref={list}>
        {shown.map((item, at) => (
          <Line
            key={item.card.title_id}
            item={item}
            at={at}
            count={items.length}
            dragged={dragged === item.card.title_id}
            handle={handle(item)}
            onMove={(to) => onMove(item, to)}
            onRemove={() => toggle(item.card)}
          />
        ))}
      </ol>
    </>
  );
}

function Waiting() {
  return (
    <div className="keeps" aria-hidden="true">
      {Array.from({ length: 5 }, (_, index) => (
        <Skeleton key={index} className="keep-skeleton" />
      ))}
    </div>
  );
}

/** What somebody keeps for later, in an order of their own. */
export function MyListPage() {
  const { t } = useI18n();
  usePageTitle(t("mylist.title"));
  useSpatialNavigation();
  const { items } = useMyList();
  return (
    <div className="page my-list" aria-busy={items.isPending}>
      <h1 className="page-heading" tabIndex={-1}>
        {t("mylist.title")}
      </h1>
      {items.isPending && <Waiting />}
      {items.isError && items.data === undefined && <ProblemNotice error={items.error} onRetry={() => void items.refetch()} />}
      {items.data?.length === 0 && (
        <Notice title={t("mylist.empty")}>
          <p>{t("mylist.empty-sentence")}</p>
          <LinkButton to="/" look="primary">
            {t("mylist.find")}
          </LinkButton>
        </Notice>
      )}
      {items.data !== undefined && items.data.length > 0 && <Lines items={items.data} />}
    </div>
  );
}
