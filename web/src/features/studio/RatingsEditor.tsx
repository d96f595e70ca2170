import { useId } from "react";

import type { Rating } from "@/api/types";
import { Button } from "@/ui/primitives";

import { LIMITS } from "./draft";

const SYSTEMS: readonly (readonly [system: string, name: string, labels: readonly string[]])[] = [
  ["mpa", "MPA (USA, films)", ["G", "PG", "PG-13", "R", "NC-17"]],
  ["tvpg", "TV Parental Guidelines (USA)", ["TV-Y", "TV-Y7", "TV-G", "TV-PG", "TV-14", "TV-MA"]],
  ["bbfc", "BBFC (UK)", ["U", "PG", "12", "12A", "15", "18", "R18"]],
  ["fsk", "FSK (Germany)", ["0", "6", "12", "16", "18"]],
  ["cnc", "CNC (France)", ["TP", "10", "12", "16", "18"]],
  ["age", "Age", ["0+", "6+", "12+", "16+", "18+"]],
];

type Props = { ratings: readonly Rating[]; onChange: (ratings: Rating[]) => void };

/** What boards say of a title, each in its own letters. */
export function RatingsEditor({ ratings, onChange }: Props) {
  const id = useId();
  const change = (at: number, part: Partial<Rating>) => onChange(ratings.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const unused = SYSTEMS.find(([system]) => !ratings.some((one) => one.system === system))?.[0] ?? "age";
  return (
    <fieldset className="group">
      <legend>Ratings of boards</legend>
      {ratings.length === 0 && <p className="field-hint">None yet. They are shown as they are; the age rating above is what limits who sees the title.</p>}
      <ul className="lines-editor">
        {ratings.map((rating, index) => (
          <li key={index} className="form-row form-row-end">
            <div className="field form-wide">
              <label htmlFor={`${id}-system-${index}`}>Board</label>
              <select id={`${id}-system-${index}`} value={rating.system} onChange={(event) => change(index, { system: event.currentTarget.value })}>
                {SYSTEMS.map(([system, name]) => (
                  <option key={system} value={system}>
                    {name}
                  </option>
                ))}
              </select>
            </div>
            <div className="field">
              <label htmlFor={`${id}-label-${index}`}>Rating</label>
              <input id={`${id}-label-${index}`} required maxLength={20} value={rating.label} list={`${id}-labels-${index}`} onChange={(event) => change(index, { label: event.currentTarget.value })} />
              <datalist id={`${id}-labels-${index}`}>
                {SYSTEMS.find(([system]) => system === rating.system)?.[2].map((label) => (
                  <option key={label} value={label} />
                ))}
              </datalist>
            </div>
            <Button small look="quiet" onClick={() => onChange(ratings.filter((_, at) => at !== index))}>
              Remove<span className="visually-hidden"> the rating {rating.label}</span>
            </Button>
          </li>
        ))}
      </ul>
      {ratings.length < LIMITS.ratings && (
        <div>
          <Button small look="quiet" icon="plus" onClick={() => onChange([...ratings, { system: unused, label: "" }])}>
            Add a rating
          </Button>
        </div>
      )}
    </fieldset>
  );
}
