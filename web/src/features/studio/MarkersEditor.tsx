import { useId, type KeyboardEvent } from "react";

import type { MarkerKind } from "@/api/types";
import { Button } from "@/ui/primitives";

import { LIMITS, markerProblem, type MarkerDraft } from "./draft";
import { clockText, secondsOf } from "./times";

const KINDS: readonly (readonly [kind: MarkerKind, name: string])[] = [
  ["intro", "Intro"],
  ["recap", "Recap"],
  ["credits", "Credits"],
];

type TimeProps = { label: string; value: string; onChange: (value: string) => void; problem: string | null; describedBy: string };

function TimeField({ label, value, onChange, problem, describedBy }: TimeProps) {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    const seconds = secondsOf(value);
    if ((event.key !== "ArrowUp" && event.key !== "ArrowDown") || seconds === null) return;
    event.preventDefault();
    const step = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1);
    onChange(clockText(Math.max(0, seconds + step)));
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} inputMode="numeric" autoComplete="off" placeholder="m:ss" value={value} aria-invalid={problem !== null || undefined} aria-describedby={describedBy} onKeyDown={onKeyDown} onChange={(event) => onChange(event.currentTarget.value)} />
    </div>
  );
}

function Timeline({ markers, durationSeconds }: { markers: readonly MarkerDraft[]; durationSeconds: number }) {
  return (
    <div className="timeline" aria-hidden="true">
      <div className="timeline-bar">
        {markers.map((marker, index) => {
          const [from, until] = [secondsOf(marker.from) ?? 0, secondsOf(marker.until) ?? 0];
          if (until <= from || from > durationSeconds) return null;
          const left = (from / durationSeconds) * 100;
          const width = Math.max(0.6, ((Math.min(until, durationSeconds) - from) / durationSeconds) * 100);
          return <span key={index} className={`timeline-part timeline-${marker.kind}`} style={{ left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }} />;
        })}
      </div>
      <div className="timeline-ends">
        <span>0:00</span>
        <span>{clockText(durationSeconds)}</span>
      </div>
    </div>
  );
}

type LineProps = { draft: MarkerDraft; number: number; durationSeconds: number | null; onChange: (draft: MarkerDraft) => void; onRemove: () => void };

function MarkerLine({ draft, number, durationSeconds, onChange, onRemove }: LineProps) {
  const id = useId();
  const problem = markerProblem(draft, durationSeconds);
  const described = `${id}-hint${problem === null ? "" : ` ${id}-problem`}`;
  return (
    <li>
      <fieldset className="marker">
        <legend className="visually-hidden">Part {number}</legend>
        <div className="form-row form-row-end">
          <div className="field form-wide">
            <label htmlFor={`${id}-kind`}>
              <span className={`timeline-dot timeline-${draft.kind}`} aria-hidden="true" />
              Part
            </label>
            <select id={`${id}-kind`} value={draft.kind} onChange={(event) => onChange({ ...draft, kind: event.currentTarget.value as MarkerKind })}>
              {KINDS.map(([kind, name]) => (
                <option key={kind} value={kind}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <TimeField label="From" value={draft.from} problem={problem} describedBy={described} onChange={(from) => onChange({ ...draft, from })} />
          <TimeField label="Until" value={draft.until} problem={problem} describedBy={described} onChange={(until) => onChange({ ...draft, until })} />
          <Button small look="quiet" onClick={onRemove}>
            Remove<span className="visually-hidden"> part {number}</span>
          </Button>
        </div>
        <span id={`${id}-hint`} className="visually-hidden">
          Minutes and seconds. Arrow up and down move by a second, with Shift by ten.
        </span>
        {problem !== null && (
          <p id={`${id}-problem`} className="field-error">
            {problem}
          </p>
        )}
      </fieldset>
    </li>
  );
}

/** Where the next part would probably be. */
function fresh(markers: readonly MarkerDraft[], durationSeconds: number | null): MarkerDraft {
  const kind = KINDS.find(([one]) => !markers.some((marker) => marker.kind === one))?.[0] ?? "intro";
  if (kind !== "credits" || durationSeconds === null) return { kind, from: "0:00", until: "0:30" };
  return { kind, from: clockText(Math.floor(Math.max(0, durationSeconds - Math.min(90, durationSeconds / 4)))), until: clockText(Math.floor(durationSeconds)) };
}

type Props = { markers: readonly MarkerDraft[]; durationSeconds: number | null; onChange: (markers: MarkerDraft[]) => void };

/** The parts of a film that viewers may skip, on a line of its time. */
export function MarkersEditor({ markers, durationSeconds, onChange }: Props) {
  return (
    <fieldset className="group">
      <legend>Parts to skip</legend>
      <p className="field-hint">Viewers are offered to skip the intro and the recap, and the next episode when the credits begin.</p>
      {durationSeconds !== null && durationSeconds > 0 && <Timeline markers={markers} durationSeconds={durationSeconds} />}
      <ul className="lines-editor">
        {markers.map((draft, index) => (
          <MarkerLine key={index} number={index + 1} draft={draft} durationSeconds={durationSeconds} onChange={(changed) => onChange(markers.map((one, at) => (at === index ? changed : one)))} onRemove={() => onChange(markers.filter((_, at) => at !== index))} />
        ))}
      </ul>
      {markers.length < LIMITS.markers && (
        <div>
          <Button small look="quiet" icon="plus" onClick={() => onChange([...markers, fresh(markers, durationSeconds)])}>
            Add a part
          </Button>
        </div>
      )}
    </fieldset>
  );
}
