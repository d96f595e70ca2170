import "./Operations.css";

import { useMemo, useState } from "react";

import { ChoiceField, SwitchField, TextField } from "@/ui/Field";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Notice, Skeleton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { OperationsDrawer } from "./OperationsDrawer";
import { useOperationsFeed, type Feed, type FeedState } from "./operationsFeed";
import { chosen, grouped, isUnhealthy, rateOf, rateText, SORTS, type Board, type Group, type Sort, type View } from "./operationsModel";
import { OperationsTile } from "./OperationsTile";

const STATES: Record<FeedState, { words: string; look: "good" | "warn" | "bad" | "plain" }> = {
  connecting: { words: "Connecting", look: "plain" },
  live: { words: "Live", look: "good" },
  looking: { words: "Every few seconds", look: "warn" },
  lost: { words: "Connection lost", look: "bad" },
};

function clockText(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

function Processes({ board }: { board: Board }) {
  return (
    <ul className="ops-processes" aria-label="Processes">
      {board.processes.map(({ name, state, room_names: rooms }) => (
        <li key={name} data-testid="process" data-state={state} className={state === "away" ? "ops-away" : undefined}>
          <strong>{name}</strong>
          <Chip look={state === "away" ? "bad" : "good"}>{state === "away" ? "Away" : "Here"}</Chip>
          <span>{rooms.length === 1 && rooms[0] === name ? "" : rooms.join(", ")}</span>
        </li>
      ))}
    </ul>
  );
}

function Section({ group, onOpen }: { group: Group; onOpen: (key: string) => void }) {
  return (
    <section className={`ops-group ops-wide-${Math.min(group.commands.length, MOST_WIDE)}`} aria-label={`${group.words}, process ${group.process}`}>
      <h2>
        {group.words} <span>in {group.process}</span>
      </h2>
      <ul className="ops-tiles">
        {group.commands.map((seen) => (
          <OperationsTile key={seen.key} seen={seen} onOpen={onOpen} />
        ))}
      </ul>
    </section>
  );
}

function Collapsers({ board }: { board: Board }) {
  if (board.collapsers.length === 0) return null;
  return (
    <section className="ops-group" aria-label="Collapsers">
      <h2>
        Collapsers <span>many calls as one</span>
      </h2>
      <ul className="ops-collapsers">
        {board.collapsers.map((one) => (
          <li key={`${one.process}/${one.name}`}>
            <strong>{one.name}</strong> <span>in {one.process}:</span> {one.rollingCountRequestsBatched} requests in {one.rollingCountBatches} batches, {one.batchSize_mean} each
          </li>
        ))}
      </ul>
    </section>
  );
}

function Standing({ feed, paused }: { feed: Feed; paused: number | null }) {
  const { words, look } = STATES[feed.state];
  return (
    <p className="ops-state" role="status">
      <Chip look={paused === null ? look : "plain"}>{paused === null ? words : `Paused at ${clockText(paused)}`}</Chip>
      {feed.state === "looking" && paused === null && <span>As many pages follow as may; this one asks every few seconds.</span>}
      {feed.state === "lost" && (
        <span>
          {tell(feed.error).sentence} {feed.at > 0 && `The figures are from ${clockText(feed.at)}.`} Trying again.
        </span>
      )}
    </p>
  );
}

function Summary({ board }: { board: Board }) {
  const unhealthy = board.commands.filter((one) => isUnhealthy(one.health)).length;
  const away = board.processes.filter((one) => one.state === "away").length;
  const rate = board.commands.reduce((sum, one) => sum + rateOf(one.command), 0);
  return (
    <dl className="ops-summary">
      <div>
        <dt>Calls</dt>
        <dd>{rateText(rate)}</dd>
      </div>
      <div className={unhealthy > 0 ? "ops-bad" : undefined}>
        <dt>Not healthy</dt>
        <dd>{unhealthy}</dd>
      </div>
      <div className={away > 0 ? "ops-bad" : undefined}>
        <dt>Processes away</dt>
        <dd>{away}</dd>
      </div>
    </dl>
  );
}

function Tiles({ board, view, onOpen, onShowAll }: { board: Board; view: View; onOpen: (key: string) => void; onShowAll: () => void }) {
  const shown = chosen(board.commands, view);
  if (board.commands.length === 0) {
    return (
      <Notice title="Nothing has been called yet">
        <p>Commands show up here as soon as a room asks another one or an engine.</p>
      </Notice>
    );
  }
  if (shown.length === 0) {
    const calm = view.unhealthyOnly === "only" && view.filter === "";
    return (
      <Notice title={calm ? "All is well" : "Nothing to show"}>
        <p>{calm ? "Every command is healthy or idle." : view.filter === "" ? "No command was used in the last ten seconds." : "No command is called so."}</p>
        <Button look="primary" onClick={onShowAll}>
          Show all commands
        </Button>
      </Notice>
    );
  }
  return (
    <div className="ops-groups">
      {grouped(shown).map((group) => (
        <Section key={group.key} group={group} onOpen={onOpen} />
      ))}
    </div>
  );
}

const MOST_WIDE = 4;
const FIRST_VIEW: View = { sort: "errors", filter: "", unhealthyOnly: "all", idle: "hidden" };

/** Every command of every process, twice a second. */
export function OperationsPage() {
  usePageTitle("Operations");
  const feed = useOperationsFeed();
  const [held, setHeld] = useState<{ board: Board; at: number } | null>(null);
  const [view, setView] = useState<View>(FIRST_VIEW);
  const [open, setOpen] = useState<string | null>(null);
  const board = held?.board ?? feed.board;
  const seen = useMemo(() => feed.board?.commands.find((one) => one.key === open), [feed.board, open]);
  const onPause = () => setHeld(held === null && feed.board !== null ? { board: feed.board, at: feed.at } : null);
  return (
    <>
      <div className="office-head">
        <h1 tabIndex={-1}>Operations</h1>
        <div className="ops-standing">
          <Standing feed={feed} paused={held?.at ?? null} />
          <Button small aria-pressed={held !== null} disabled={board === null} onClick={onPause}>
            {held === null ? "Pause" : "Go on"}
          </Button>
        </div>
      </div>
      {board === null && feed.state !== "lost" && <Skeleton className="ops-skeleton" />}
      {board === null && feed.state === "lost" && (
        <Notice title="Nothing can be seen from here" live="alert">
          <p>{tell(feed.error).sentence} This page tries again by itself.</p>
        </Notice>
      )}
      {board !== null && (
        <div className={feed.state === "lost" && held === null ? "ops ops-stale" : "ops"}>
          <Summary board={board} />
          <Processes board={board} />
          <div className="ops-tools" role="search" aria-label="Commands">
            <TextField label="Filter by name" value={view.filter} onChange={(filter) => setView({ ...view, filter })} maxLength={100} autoComplete="off" />
            <ChoiceField label="Order" value={view.sort} onChange={(sort) => setView({ ...view, sort: sort as Sort })} options={SORTS} />
            <SwitchField label="Only what is not healthy" checked={view.unhealthyOnly === "only"} onChange={(on) => setView({ ...view, unhealthyOnly: on ? "only" : "all" })} />
            <SwitchField label="Idle commands too" checked={view.idle === "shown"} onChange={(on) => setView({ ...view, idle: on ? "shown" : "hidden" })} />
          </div>
          <Tiles board={board} view={view} onOpen={setOpen} onShowAll={() => setView({ ...view, filter: "", unhealthyOnly: "all", idle: "shown" })} />
          <Collapsers board={board} />
        </div>
      )}
      {seen !== undefined && <OperationsDrawer key={seen.key} seen={seen} onClose={() => setOpen(null)} />}
    </>
  );
}
