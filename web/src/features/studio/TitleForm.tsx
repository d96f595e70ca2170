import { useId, useState, type SyntheticEvent } from "react";

import type { Audience, TitleChange, TitleDetail } from "@/api/types";
import { ageText } from "@/ui/format";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { windowDraft, windowOf, windowProblem, WindowsEditor, type WindowDraft } from "./WindowsEditor";

type Draft = { name: string; synopsis: string; year: string; genres: string; audience: Audience; maturity: string; windows: WindowDraft[]; listed: boolean; featured: boolean };

function draftOf(title: TitleDetail): Draft {
  return {
    name: title.name,
    synopsis: title.synopsis,
    year: title.year === null ? "" : String(title.year),
    genres: title.genres.join(", "),
    audience: title.audience,
    maturity: String(title.maturity),
    windows: title.availability.map(windowDraft),
    listed: title.listed,
    featured: title.featured,
  };
}

const AGES = [0, 6, 7, 12, 13, 16, 18];

/** The ratings to choose from; the present one is always among them. */
function ages(current: number): number[] {
  return [...new Set([...AGES, current])].sort((a, b) => a - b);
}

/** What a draft changes of a title; fields that stay are left out. */
export function changeOf(title: TitleDetail, draft: Draft): TitleChange {
  const genres = draft.genres.split(",").map((genre) => genre.trim()).filter((genre) => genre !== "");
  const year = draft.year.trim() === "" ? null : Number(draft.year);
  const change: TitleChange = {};
  if (draft.name.trim() !== title.name) change.name = draft.name.trim();
  if (draft.synopsis !== title.synopsis) change.synopsis = draft.synopsis;
  if (year !== title.year) change.year = year;
  if (genres.join("\n") !== title.genres.join("\n")) change.genres = genres;
  if (draft.audience !== title.audience) change.audience = draft.audience;
  if (Number(draft.maturity) !== title.maturity) change.maturity = Number(draft.maturity);
  const availability = draft.windows.map((window, index) => windowOf(window, title.availability[index]));
  if (JSON.stringify(availability) !== JSON.stringify(title.availability.map(({ territories, starts_at, ends_at }) => ({ territories, starts_at, ends_at })))) change.availability = availability;
  if (draft.listed !== title.listed) change.listed = draft.listed;
  if (draft.featured !== title.featured) change.featured = draft.featured;
  return change;
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

type Props = { title: TitleDetail; onSave: (change: TitleChange) => void; saving: "idle" | "saving" | "saved"; error: unknown };

/** A title's words and who sees it. */
export function TitleForm({ title, onSave, saving, error }: Props) {
  const id = useId();
  const [draft, setDraft] = useState(() => draftOf(title));
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const change = changeOf(title, draft);
  const blocked = draft.windows.some((window) => windowProblem(window) !== null);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSave(change);
  };
  return (
    <form className="form" onSubmit={onSubmit} aria-label="Title">
      <div className="field">
        <label htmlFor={`${id}-name`}>Name</label>
        <input id={`${id}-name`} required maxLength={200} value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} />
      </div>
      <div className="field">
        <label htmlFor={`${id}-synopsis`}>Synopsis</label>
        <textarea id={`${id}-synopsis`} maxLength={4000} value={draft.synopsis} onChange={(event) => set({ synopsis: event.currentTarget.value })} />
      </div>
      <div className="form-row">
        <div className="field">
          <label htmlFor={`${id}-year`}>Year</label>
          <input id={`${id}-year`} type="number" min={1874} max={2200} value={draft.year} onChange={(event) => set({ year: event.currentTarget.value })} />
        </div>
        <div className="field form-wide">
          <label htmlFor={`${id}-genres`}>Genres</label>
          <input id={`${id}-genres`} value={draft.genres} onChange={(event) => set({ genres: event.currentTarget.value })} aria-describedby={`${id}-genres-hint`} />
          <p className="field-hint" id={`${id}-genres-hint`}>
            Separated by commas, eight at most.
          </p>
        </div>
      </div>
      <div className="field">
        <label htmlFor={`${id}-audience`}>Audience</label>
        <select id={`${id}-audience`} value={draft.audience} onChange={(event) => set({ audience: event.currentTarget.value as Audience })}>
          <option value="everyone">Everyone</option>
          <option value="members">Members with a plan</option>
          <option value="operators">Operators only</option>
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-maturity`}>Age rating</label>
        <select id={`${id}-maturity`} value={draft.maturity} onChange={(event) => set({ maturity: event.currentTarget.value })} aria-describedby={`${id}-maturity-hint`}>
          {ages(title.maturity).map((age) => (
            <option key={age} value={age}>
              {ageText(age)}
            </option>
          ))}
        </select>
        <p className="field-hint" id={`${id}-maturity-hint`}>
          Profiles with a lower limit do not see it.
        </p>
      </div>
      <WindowsEditor windows={draft.windows} onChange={(windows) => set({ windows })} />
      <Switch label="Published" hint="Listed on the programme for its audience." on={draft.listed} onChange={(listed) => set({ listed })} />
      <Switch label="Featured" hint="May open the programme with its backdrop." on={draft.featured} onChange={(featured) => set({ featured })} />
      <div role="alert">{error !== null && error !== undefined && <p className="field-error">{`${tell(error).title}. ${tell(error).sentence}`}</p>}</div>
      <div className="line-actions">
        <Button type="submit" look="primary" disabled={saving === "saving" || blocked || Object.keys(change).length === 0}>
          {saving === "saving" ? "Saving…" : "Save"}
        </Button>
        <span role="status" className="field-hint">
          {saving === "saved" && Object.keys(change).length === 0 ? "Saved." : ""}
        </span>
      </div>
    </form>
  );
}
