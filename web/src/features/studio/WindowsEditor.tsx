import { useId } from "react";

import type { AvailabilityWindow } from "@/api/types";
import { fromLocalInput, localInput } from "@/ui/dates";
import { Button } from "@/ui/primitives";

/** A window as it is written: territories by their codes, moments in local time. */
export type WindowDraft = { territories: string; from: string; until: string };

export function windowDraft(window: AvailabilityWindow): WindowDraft {
  return { territories: window.territories.join(", "), from: localInput(window.starts_at), until: localInput(window.ends_at) };
}

function codesOf(typed: string): string[] {
  return [...new Set(typed.toUpperCase().split(/[\s,;]+/).filter((code) => code !== ""))];
}

/** What is wrong with a window; null when it can be stored. */
export function windowProblem(draft: WindowDraft): string | null {
  const strange = codesOf(draft.territories).filter((code) => !/^[A-Z]{2}$/.test(code));
  if (strange.length > 0) return `Territories are codes of two letters, such as DE. Not: ${strange.join(", ")}.`;
  const [from, until] = [fromLocalInput(draft.from), fromLocalInput(draft.until)];
  return from !== null && until !== null && from >= until ? "It ends before it starts." : null;
}

/** The window that a draft describes. A moment that was not touched keeps its seconds. */
export function windowOf(draft: WindowDraft, before?: AvailabilityWindow): AvailabilityWindow {
  const moment = (typed: string, old: string | null | undefined) => (old !== undefined && localInput(old) === typed ? old : fromLocalInput(typed));
  return { territories: codesOf(draft.territories), starts_at: moment(draft.from, before?.starts_at), ends_at: moment(draft.until, before?.ends_at) };
}

type LineProps = { draft: WindowDraft; number: number; onChange: (draft: WindowDraft) => void; onRemove: () => void };

function WindowLine({ draft, number, onChange, onRemove }: LineProps) {
  const id = useId();
  const problem = windowProblem(draft);
  return (
    <li className="window-line">
      <fieldset>
        <legend>Window {number}</legend>
        <div className={problem === null ? "field form-wide" : "field form-wide field-wrong"}>
          <label htmlFor={`${id}-where`}>Territories</label>
          <input id={`${id}-where`} value={draft.territories} placeholder="Everywhere" aria-invalid={problem !== null || undefined} aria-describedby={problem === null ? undefined : `${id}-problem`} onChange={(event) => onChange({ ...draft, territories: event.currentTarget.value })} />
        </div>
        <div className="form-row">
          <div className="field">
            <label htmlFor={`${id}-from`}>From</label>
            <input id={`${id}-from`} type="datetime-local" value={draft.from} onChange={(event) => onChange({ ...draft, from: event.currentTarget.value })} />
          </div>
          <div className="field">
            <label htmlFor={`${id}-until`}>Until</label>
            <input id={`${id}-until`} type="datetime-local" value={draft.until} onChange={(event) => onChange({ ...draft, until: event.currentTarget.value })} />
          </div>
        </div>
        {problem !== null && (
          <p id={`${id}-problem`} className="field-error">
            {problem}
          </p>
        )}
        <Button small look="quiet" onClick={onRemove}>
          Remove<span className="visually-hidden"> window {number}</span>
        </Button>
      </fieldset>
    </li>
  );
}

/** When and where a title may be seen; without a window, always and everywhere. */
export function WindowsEditor({ windows, onChange }: { windows: readonly WindowDraft[]; onChange: (windows: WindowDraft[]) => void }) {
  return (
    <section className="windows" aria-labelledby="windows-heading">
      <h2 id="windows-heading">When and where</h2>
      <p className="field-hint">{windows.length === 0 ? "Always, everywhere. A window limits it to times and territories." : "Open while one of these windows is open. Times are your own; an empty one has no limit."}</p>
      <ul>
        {windows.map((draft, index) => (
          <WindowLine key={index} number={index + 1} draft={draft} onChange={(changed) => onChange(windows.map((one, at) => (at === index ? changed : one)))} onRemove={() => onChange(windows.filter((_, at) => at !== index))} />
        ))}
      </ul>
      {windows.length < 32 && (
        <div>
          <Button small look="quiet" icon="plus" onClick={() => onChange([...windows, { territories: "", from: "", until: "" }])}>
            Add a window
          </Button>
        </div>
      )}
    </section>
  );
}
