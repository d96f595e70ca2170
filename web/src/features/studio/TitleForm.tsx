import { useId, useState, type SyntheticEvent } from "react";

import type { FullChange } from "@/api/studioTitles";
import type { Audience, TitleDetail } from "@/api/types";
import { ageText } from "@/ui/format";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { changeOf, draftOf, draftProblem, languagesProblem, type Draft } from "./draft";
import { GenreChecks } from "./GenreChecks";
import { MarkersEditor } from "./MarkersEditor";
import { PeopleEditor } from "./PeopleEditor";
import { RatingsEditor } from "./RatingsEditor";
import { TagsEditor } from "./TagsEditor";
import { WindowsEditor } from "./WindowsEditor";

const AGES = [0, 6, 7, 10, 12, 13, 14, 16, 17, 18];

/** The ratings to choose from; the present one is always among them. */
function ages(current: number): number[] {
  return [...new Set([...AGES, current])].sort((a, b) => a - b);
}

type SwitchProps = { label: string; hint: string; on: boolean; onChange: (on: boolean) => void };

function Switch({ label, hint, on, onChange }: SwitchProps) {
  return (
    <label className="switch">
      <input type="checkbox" role="switch" checked={on} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        <span className="field-hint switch-hint">{hint}</span>
      </span>
    </label>
  );
}

type PartProps = { draft: Draft; set: (change: Partial<Draft>) => void };

function Words({ draft, set }: PartProps) {
  const id = useId();
  return (
    <>
      <div className="form-row">
        <div className="field form-wide">
          <label htmlFor={`${id}-name`}>Name</label>
          <input id={`${id}-name`} required maxLength={200} value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} />
        </div>
        <div className="field form-wide">
          <label htmlFor={`${id}-original`}>Original name</label>
          <input id={`${id}-original`} maxLength={200} value={draft.original_name} onChange={(event) => set({ original_name: event.currentTarget.value })} />
        </div>
      </div>
      <div className="field">
        <label htmlFor={`${id}-synopsis`}>Synopsis</label>
        <textarea id={`${id}-synopsis`} maxLength={4000} value={draft.synopsis} onChange={(event) => set({ synopsis: event.currentTarget.value })} />
      </div>
    </>
  );
}

function Facts({ draft, set }: PartProps) {
  const id = useId();
  const wrong = languagesProblem(draft.languages);
  return (
    <div className="form-row">
      <div className="field">
        <label htmlFor={`${id}-year`}>Year</label>
        <input id={`${id}-year`} type="number" min={1874} max={2200} value={draft.year} onChange={(event) => set({ year: event.currentTarget.value })} />
      </div>
      <div className="field">
        <label htmlFor={`${id}-released`}>Release date</label>
        <input id={`${id}-released`} type="date" value={draft.released_on} onChange={(event) => set({ released_on: event.currentTarget.value })} />
      </div>
      <div className={wrong === null ? "field form-wide" : "field form-wide field-wrong"}>
        <label htmlFor={`${id}-languages`}>Languages</label>
        <input id={`${id}-languages`} value={draft.languages} placeholder="en, de" autoCapitalize="none" spellCheck={false} aria-invalid={wrong !== null || undefined} aria-describedby={`${id}-languages-hint`} onChange={(event) => set({ languages: event.currentTarget.value })} />
        <p className={wrong === null ? "field-hint" : "field-error"} id={`${id}-languages-hint`}>
          {wrong ?? "What is spoken in it, by code, such as en or pt-BR."}
        </p>
      </div>
    </div>
  );
}

function Audiences({ draft, set, current }: PartProps & { current: number }) {
  const id = useId();
  return (
    <div className="form-row">
      <div className="field form-wide">
        <label htmlFor={`${id}-audience`}>Audience</label>
        <select id={`${id}-audience`} value={draft.audience} onChange={(event) => set({ audience: event.currentTarget.value as Audience })}>
          <option value="everyone">Everyone</option>
          <option value="members">Members with a plan</option>
          <option value="operators">Operators only</option>
        </select>
      </div>
      <div className="field form-wide">
        <label htmlFor={`${id}-maturity`}>Age rating</label>
        <select id={`${id}-maturity`} value={draft.maturity} onChange={(event) => set({ maturity: event.currentTarget.value })} aria-describedby={`${id}-maturity-hint`}>
          {ages(current).map((age) => (
            <option key={age} value={age}>
              {ageText(age)}
            </option>
          ))}
        </select>
        <p className="field-hint" id={`${id}-maturity-hint`}>
          Profiles with a lower limit do not see it.
        </p>
      </div>
    </div>
  );
}

function Switches({ draft, set }: PartProps) {
  return (
    <div className="switches">
      <Switch label="Published" hint="Listed on the programme for its audience." on={draft.listed} onChange={(listed) => set({ listed })} />
      <Switch label="Announced" hint="Listed as coming before anything of it plays." on={draft.announced} onChange={(announced) => set({ announced })} />
      <Switch label="Hot" hint="What you want seen: on a shelf of its own, and near viewers before they ask." on={draft.hot} onChange={(hot) => set({ hot })} />
      <Switch label="Featured" hint="May open the programme with its backdrop." on={draft.featured} onChange={(featured) => set({ featured })} />
    </div>
  );
}

type Props = {
  /** The title as it is. */
  title: TitleDetail;
  /** What the form begins with, such as the title with a draft laid over it. */
  start?: TitleDetail;
  onSave: (change: FullChange) => void;
  /** Keep the change aside; without it the form has no such button. */
  onKeep?: (change: FullChange) => void;
  saving: "idle" | "saving" | "saved";
  error: unknown;
};

/** Everything that is told of a title, and who sees it. */
export function TitleForm({ title, start, onSave, onKeep, saving, error }: Props) {
  const [draft, setDraft] = useState(() => draftOf(start ?? title));
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const duration = title.kind === "series" ? null : title.duration_seconds;
  const problem = draftProblem(draft, duration);
  const change = problem === null ? changeOf(title, draft) : {};
  const idle = saving === "saving" || problem !== null || Object.keys(change).length === 0;
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!idle) onSave(change);
  };
  return (
    <form className="form title-form" onSubmit={onSubmit} aria-label="Title">
      <Words draft={draft} set={set} />
      <Facts draft={draft} set={set} />
      <GenreChecks chosen={draft.genres} onChange={(genres) => set({ genres })} />
      <TagsEditor tags={draft.tags} onChange={(tags) => set({ tags })} />
      <PeopleEditor people={draft.people} onChange={(people) => set({ people })} />
      <Audiences draft={draft} set={set} current={title.maturity} />
      <RatingsEditor ratings={draft.ratings} onChange={(ratings) => set({ ratings })} />
      {title.kind !== "series" && <MarkersEditor markers={draft.markers} durationSeconds={duration} onChange={(markers) => set({ markers })} />}
      <WindowsEditor windows={draft.windows} onChange={(windows) => set({ windows })} />
      <Switches draft={draft} set={set} />
      <div className="form-bar">
        <div role="alert">{error !== null && error !== undefined && <p className="field-error">{`${tell(error).title}. ${tell(error).sentence}`}</p>}</div>
        <div className="line-actions">
          <Button type="submit" look="primary" disabled={idle}>
            {saving === "saving" ? "Saving…" : "Save"}
          </Button>
          {onKeep !== undefined && (
            <Button look="quiet" disabled={idle} onClick={() => onKeep(change)}>
              Keep as a draft
            </Button>
          )}
          <span role="status" className={problem === null ? "field-hint" : "field-error"}>
            {problem ?? (saving === "saved" && Object.keys(change).length === 0 ? "Saved." : "")}
          </span>
        </div>
      </div>
    </form>
  );
}
