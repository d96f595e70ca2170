import "./history.css";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { forgetAll, historyExportPath, listHistory, type HistoryLine } from "@/api/history";
import { keys } from "@/api/queries";
import { episodeText, stillOf, titlePath, watchPath } from "@/cards/model";
import { useI18n } from "@/i18n";
import { clockText } from "@/player/core/time";
import { currentProfile, useSession } from "@/session/useSession";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Poster } from "@/ui/Poster";
import { Button, Dialog, LinkButton, Notice, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";
import { Sentinel } from "@/ui/Sentinel";
import { useSpatialNavigation } from "@/ui/spatial";
import { toast } from "@/ui/toasts";

import { byDay, daysAgo, fractionOf, type Day } from "./model";
import { useForgetting } from "./useForgetting";

type LineProps = { line: HistoryLine; onForget: (line: HistoryLine) => void };

function Words({ line }: { line: HistoryLine }) {
  const speech = useI18n();
  const { t } = speech;
  const at = new Intl.DateTimeFormat(speech.locale, { hour: "2-digit", minute: "2-digit" }).format(new Date(line.watched_at));
  const place = line.card === null ? null : episodeText(line.card, speech);
  const how = line.completed ? t("history.watched") : t("history.part", { at: clockText(line.position_seconds), length: clockText(line.duration_seconds) });
  return (
    <span className="seen-words">
      <span className="seen-name">
        <bdi>{line.name}</bdi>
      </span>
      {line.series !== null && (
        <span className="seen-series">
          <bdi>{line.series.name}</bdi>
          {place !== null && ` · ${place}`}
        </span>
      )}
      <span className="seen-facts">{[t("history.at", { time: at }), line.card === null ? t("history.gone") : how].join(" · ")}</span>
    </span>
  );
}

function Picture({ line }: { line: HistoryLine }) {
  const { card } = line;
  return (
    <span className="seen-picture">
      <Poster name={line.name} year={card?.year ?? null} src={null} picture={card === null ? null : stillOf(card, "12rem")} shape="wide" />
      <span className="seen-bar" aria-hidden="true">
        <span style={{ inlineSize: `${fractionOf(line) * 100}%` }} />
      </span>
    </span>
  );
}

function Line({ line, onForget }: LineProps) {
  const { t } = useI18n();
  const { card, name } = line;
  const watch = card === null ? null : watchPath(card);
  const whole = (
    <>
      <Picture line={line} />
      <Words line={line} />
    </>
  );
  return (
    <li className="seen" data-testid="seen">
      {card === null ? (
        <div className="seen-title">{whole}</div>
      ) : (
        <Link className="seen-title" to={titlePath(card)}>
          {whole}
        </Link>
      )}
      <div className="seen-actions">
        {watch !== null && (
          <Link className="round round-beam" to={watch} aria-label={t(line.completed ? "history.again-name" : "history.go-on-name", { name })} title={t(line.completed ? "history.again" : "history.go-on")}>
            <Icon name="play" />
          </Link>
        )}
        <button type="button" className="round" aria-label={t("history.forget-name", { name })} onClick={() => onForget(line)}>
          <Icon name="close" />
        </button>
      </div>
    </li>
  );
}

function DayPart({ day, onForget }: { day: Day; onForget: LineProps["onForget"] }) {
  const speech = useI18n();
  const ago = daysAgo(day.date, new Date());
  const name = ago === 0 ? speech.t("history.today") : ago === 1 ? speech.t("history.yesterday") : new Intl.DateTimeFormat(speech.locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(day.date);
  return (
    <section aria-label={name}>
      <h2 className="seen-day">{name}</h2>
      <ul className="seen-list">
        {day.lines.map((line) => (
          <Line key={line.title_id} line={line} onForget={onForget} />
        ))}
      </ul>
    </section>
  );
}

function ForgetAll({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: forgetAll,
    onSuccess: async () => {
      await client.resetQueries({ queryKey: keys.history });
      for (const queryKey of [keys.home, keys.allMine]) void client.invalidateQueries({ queryKey, refetchType: "none" });
      toast({ text: t("history.forgot-all") });
      onClose();
    },
  });
  return (
    <Dialog title={t("history.forget-all-title")} onClose={onClose}>
      <p>{t("history.forget-all-why")}</p>
      <div role="alert">{removal.isError && <p className="field-error">{tell(removal.error).sentence}</p>}</div>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          {t("history.keep")}
        </Button>
        <Button look="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
          {t("history.forget-all")}
        </Button>
      </div>
    </Dialog>
  );
}

function Tools() {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <div className="seen-tools">
      <a className="button button-quiet button-small" href={historyExportPath("json")} download="matinee-history.json">
        <Icon name="download" />
        {t("history.json")}
      </a>
      <a className="button button-quiet button-small" href={historyExportPath("csv")} download="matinee-history.csv">
        <Icon name="download" />
        {t("history.csv")}
      </a>
      <Button small look="danger" onClick={() => setAsking(true)}>
        {t("history.forget-all")}
      </Button>
      {asking && <ForgetAll onClose={() => setAsking(false)} />}
    </div>
  );
}

function Waiting() {
  return (
    <div className="seen-list" aria-hidden="true">
      {Array.from({ length: 6 }, (_, index) => (
        <Skeleton key={index} className="seen-skeleton" />
      ))}
    </div>
  );
}

/** What a profile has watched, by day. */
export function HistoryPage() {
  const { t } = useI18n();
  usePageTitle(t("history.title"));
  useSpatialNavigation();
  const name = currentProfile(useSession().data)?.name;
  const history = useInfiniteQuery({
    queryKey: keys.history,
    queryFn: ({ pageParam, signal }) => listHistory(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: 0,
  });
  const { hidden, forget } = useForgetting();
  const lines = history.data?.pages.flatMap((page) => page.items).filter((line) => !hidden.has(line.title_id));
  return (
    <div className="page history" aria-busy={history.isPending}>
      <h1 className="page-heading" tabIndex={-1}>
        {t("history.title")}
      </h1>
      <p className="page-lead">{name === undefined ? t("history.lead-nobody") : t("history.lead", { name })}</p>
      {history.isPending && <Waiting />}
      {history.isError && lines === undefined && <ProblemNotice error={history.error} onRetry={() => void history.refetch()} />}
      {lines?.length === 0 && !history.hasNextPage && (
        <Notice title={t("history.empty")}>
          <p>{t("history.empty-why")}</p>
          <LinkButton to="/" look="primary">
            {t("title.to-programme")}
          </LinkButton>
        </Notice>
      )}
      {lines !== undefined && lines.length > 0 && (
        <>
          <Tools />
          {byDay(lines).map((day) => (
            <DayPart key={day.key} day={day} onForget={forget} />
          ))}
        </>
      )}
      <Sentinel active={history.hasNextPage && !history.isFetching} onNear={() => void history.fetchNextPage()} />
    </div>
  );
}
