import { memo } from "react";

import { Chip } from "@/ui/primitives";

import { breakerText, HEALTHS, latencyText, radiusOf, rateOf, rateText, sparkline, type Seen } from "./operationsModel";

const BOX = 64;
const LINE = { width: 150, height: 40 };

function Circle({ seen }: { seen: Seen }) {
  const radius = radiusOf(rateOf(seen.command)) * (BOX / 2 - 2);
  return (
    <svg className={`ops-circle ops-${HEALTHS[seen.health].look}`} viewBox={`0 0 ${BOX} ${BOX}`} width={BOX} height={BOX} aria-hidden="true">
      <circle cx={BOX / 2} cy={BOX / 2} r={radius} />
      <text x={BOX / 2} y={BOX / 2} dy="0.36em" textAnchor="middle">
        {HEALTHS[seen.health].mark}
      </text>
    </svg>
  );
}

function Traffic({ seen }: { seen: Seen }) {
  return (
    <svg className="ops-spark" viewBox={`0 0 ${LINE.width} ${LINE.height}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={sparkline(seen.history, LINE.width, LINE.height)} />
    </svg>
  );
}

function Figure({ name, value, look }: { name: string; value: number | string; look?: "bad" | "warn" }) {
  const quiet = value === 0;
  return (
    <div className={quiet ? "ops-quiet" : look === undefined ? undefined : `ops-${look}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** One command of one process: how much, how well, how fast. */
export const OperationsTile = memo(function OperationsTile({ seen, onOpen }: { seen: Seen; onOpen: (key: string) => void }) {
  const { command, health } = seen;
  const times = command.latencyTotal_microseconds;
  const look = HEALTHS[health].look;
  const fallbacks = command.rollingCountFallbackFailure + command.rollingCountFallbackRejection;
  return (
    <li className={`ops-tile ops-edge-${look}`} data-testid="command" data-command={command.name} data-process={command.process} data-health={health}>
      <div className="ops-tile-head">
        <h3>
          <button type="button" className="ops-name" onClick={() => onOpen(seen.key)}>
            {command.name}
            <span className="visually-hidden">, details and settings</span>
          </button>
        </h3>
        <div className="ops-chips">
          <Chip look={look}>{HEALTHS[health].words}</Chip>
          {Object.keys(command.changed).length > 0 && <Chip look="beam">Changed</Chip>}
          {command.fault !== null && <Chip look="warn">Failing on purpose</Chip>}
        </div>
      </div>
      <div className="ops-tile-picture">
        <Circle seen={seen} />
        <Traffic seen={seen} />
        <p className="ops-rate">
          <strong>{rateText(rateOf(command))}</strong>
          <span>{command.errorPercentage} % errors</span>
        </p>
      </div>
      <p className="ops-breaker">
        Circuit <strong className={command.isCircuitBreakerOpen ? "ops-bad" : undefined}>{breakerText(command).toLowerCase()}</strong> · {command.currentConcurrentExecutionCount} of {command.concurrencyLimit} at once
      </p>
      <dl className="ops-counts" aria-label="In the last ten seconds">
        <Figure name="Answered" value={command.rollingCountSuccess} />
        <Figure name="Failed" value={command.rollingCountFailure} look="bad" />
        <Figure name="Timed out" value={command.rollingCountTimeout} look="bad" />
        <Figure name="Rejected" value={command.rollingCountSemaphoreRejected} look="bad" />
        <Figure name="Not tried" value={command.rollingCountShortCircuited} look="warn" />
        <Figure name="Fallbacks" value={command.rollingCountFallbackSuccess} look="warn" />
        <Figure name="Both failed" value={fallbacks} look="bad" />
        <Figure name="Refused" value={command.rollingCountBadRequests} />
      </dl>
      <dl className="ops-times" aria-label="Latency in the last minute">
        <Figure name="p50" value={latencyText(times["50"])} />
        <Figure name="p90" value={latencyText(times["90"])} />
        <Figure name="p99" value={latencyText(times["99"])} />
        <Figure name="p99.5" value={latencyText(times["99.5"])} />
      </dl>
    </li>
  );
});
