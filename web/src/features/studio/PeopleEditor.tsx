import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";

import type { CreditRole } from "@/api/library";
import { findPeople, studioKeys, type KnownPerson, type PersonChange } from "@/api/studioTitles";
import { Icon } from "@/ui/icons";
import { Button } from "@/ui/primitives";

import { LIMITS } from "./draft";

const ROLES: readonly (readonly [role: CreditRole, name: string])[] = [
  ["actor", "Actor"],
  ["director", "Director"],
  ["writer", "Writer"],
  ["producer", "Producer"],
  ["composer", "Composer"],
  ["creator", "Creator"],
];

type NameProps = { id: string; person: PersonChange; onChange: (part: Partial<PersonChange>) => void };

/** A name with the people that are known already below it, as a combobox. */
function NameField({ id, person, onChange }: NameProps) {
  const [open, setOpen] = useState<"open" | "shut">("shut");
  const [active, setActive] = useState(-1);
  const words = useDeferredValue(person.name.trim());
  const found = useQuery({ queryKey: studioKeys.people(words), queryFn: ({ signal }) => findPeople(words, signal), enabled: open === "open" && words.length >= 2, staleTime: 60_000, retry: 0 });
  const offered = open === "open" && words.length >= 2 ? (found.data ?? []) : [];
  const shown = offered.length > 0;
  const take = (one: KnownPerson) => {
    onChange({ name: one.name, person_id: one.person_id });
    setOpen("shut");
    setActive(-1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = offered[active];
    if (event.key === "Escape" && shown) setOpen("shut");
    else if (event.key === "Enter" && chosen !== undefined) take(chosen);
    else if (event.key === "ArrowDown" && shown) setActive((active + 1) % offered.length);
    else if (event.key === "ArrowUp" && shown) setActive((active <= 0 ? offered.length : active) - 1);
    else return;
    event.preventDefault();
  };
  return (
    <div className="combo">
      <input
        id={id}
        role="combobox"
        autoComplete="off"
        required
        maxLength={200}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
        value={person.name}
        onChange={(event) => {
          onChange({ name: event.currentTarget.value, person_id: "" });
          setOpen("open");
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen("shut")}
      />
      <ul id={`${id}-list`} role="listbox" aria-label="Known people" className="combo-list" hidden={!shown}>
        {offered.map((one, index) => (
          <li key={one.person_id} id={`${id}-${index}`} role="option" aria-selected={index === active} className={index === active ? "combo-active" : undefined} onMouseDown={(event) => event.preventDefault()} onClick={() => take(one)}>
            {one.name}
          </li>
        ))}
      </ul>
    </div>
  );
}

type LineProps = { person: PersonChange; index: number; last: number; onChange: (part: Partial<PersonChange>) => void; onMove: (by: -1 | 1) => void; onRemove: () => void };

function PersonLine({ person, index, last, onChange, onMove, onRemove }: LineProps) {
  const id = useId();
  const who = person.name.trim() === "" ? `person ${index + 1}` : person.name;
  return (
    <li className="person-line">
      <div className="form-row">
        <div className="field form-wide">
          <label htmlFor={`${id}-name`}>Name</label>
          <NameField id={`${id}-name`} person={person} onChange={onChange} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-role`}>Role</label>
          <select id={`${id}-role`} value={person.role} onChange={(event) => onChange({ role: event.currentTarget.value as CreditRole })}>
            {ROLES.map(([role, name]) => (
              <option key={role} value={role}>
                {name}
              </option>
            ))}
          </select>
        </div>
        {person.role === "actor" && (
          <div className="field">
            <label htmlFor={`${id}-character`}>Character</label>
            <input id={`${id}-character`} maxLength={200} value={person.character} onChange={(event) => onChange({ character: event.currentTarget.value })} />
          </div>
        )}
      </div>
      <div className="person-actions">
        <button type="button" className="icon-button" disabled={index === 0} aria-label={`Move ${who} up`} onClick={() => onMove(-1)}>
          <Icon name="up" />
        </button>
        <button type="button" className="icon-button" disabled={index === last} aria-label={`Move ${who} down`} onClick={() => onMove(1)}>
          <Icon name="down" />
        </button>
        <button type="button" className="icon-button" aria-label={`Remove ${who}`} onClick={onRemove}>
          <Icon name="close" />
        </button>
      </div>
    </li>
  );
}

function moved<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const next = [...list];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(from + by, 0, one);
  return next;
}

type Props = { people: readonly PersonChange[]; onChange: (people: PersonChange[]) => void };

/** Who made a title and plays in it, in the order of billing. */
export function PeopleEditor({ people, onChange }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const added = useRef(false);
  // With the commit, not a frame later: who types right after the press must not lose a letter.
  useLayoutEffect(() => {
    if (added.current) list.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus();
    added.current = false;
  }, [people.length]);
  const add = () => {
    added.current = true;
    onChange([...people, { name: "", role: "actor", character: "", person_id: "" }]);
  };
  return (
    <fieldset className="group">
      <legend>People</legend>
      <p className="field-hint">{people.length === 0 ? "Nobody yet. They appear on the title's page and are found by search." : "In the order of billing. Somebody who is known already is offered while you type."}</p>
      <ul className="lines-editor" ref={list}>
        {people.map((person, index) => (
          <PersonLine
            key={index}
            person={person}
            index={index}
            last={people.length - 1}
            onChange={(part) => onChange(people.map((one, at) => (at === index ? { ...one, ...part } : one)))}
            onMove={(by) => onChange(moved(people, index, by))}
            onRemove={() => onChange(people.filter((_, at) => at !== index))}
          />
        ))}
      </ul>
      {people.length < LIMITS.people && (
        <div>
          <Button small look="quiet" icon="plus" onClick={add}>
            Add a person
          </Button>
        </div>
      )}
    </fieldset>
  );
}
