import { useState, type SyntheticEvent } from "react";

import type { ProfileView, SkipHabit } from "@/api/session";
import { Avatar, AVATARS, avatarLabel } from "@/ui/Avatar";
import { ChoiceField, FormProblem, SwitchField, TextField } from "@/ui/Field";
import { digitsOf, PIN_DIGITS } from "@/ui/PinField";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { languagesFor, maturitiesFor, withKids, type Draft, type SkippedPart } from "./model";

function AvatarChoice({ chosen, onChoose }: { chosen: string; onChoose: (name: string) => void }) {
  return (
    <fieldset className="avatar-choice">
      <legend>Picture</legend>
      <div className="avatar-grid">
        {AVATARS.map((name) => (
          <label key={name} className="avatar-option">
            <input type="radio" name="avatar" value={name} checked={chosen === name} onChange={() => onChoose(name)} />
            <Avatar name={name} />
            <span className="visually-hidden">{avatarLabel(name)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

type PinProps = { draft: Draft; hasPin: boolean; onChange: (pin: Draft["pin"]) => void };

function PinPart({ draft, hasPin, onChange }: PinProps) {
  if (draft.pin.kind === "set") {
    const { digits } = draft.pin;
    return (
      <div className="form-row pin-part">
        <TextField label="New PIN" kind="password" autoComplete="off" value={digits} onChange={(text) => onChange({ kind: "set", digits: digitsOf(text) })} hint={`${PIN_DIGITS.least} to ${PIN_DIGITS.most} digits`} required autoFocus />
        <button type="button" className="text-link" onClick={() => onChange({ kind: "keep" })}>
          Leave it as it was
        </button>
      </div>
    );
  }
  const removed = draft.pin.kind === "remove";
  return (
    <div className="form-actions">
      <span className="pin-state">{removed ? "The PIN goes when you save." : hasPin ? "Locked with a PIN." : "No PIN: everybody in the house can enter."}</span>
      <button type="button" className="text-link" onClick={() => onChange({ kind: "set", digits: "" })}>
        {hasPin && !removed ? "Change the PIN" : "Set a PIN"}
      </button>
      {hasPin && (
        <button type="button" className="text-link" onClick={() => onChange({ kind: removed ? "keep" : "remove" })}>
          {removed ? "Keep the PIN" : "Remove the PIN"}
        </button>
      )}
    </div>
  );
}

const PARTS: readonly (readonly [SkippedPart, string])[] = [
  ["intro", "Intros"],
  ["recap", "Recaps"],
  ["credits", "Credits"],
];
const HABITS: readonly (readonly [SkipHabit, string])[] = [
  ["ask", "Offer to skip"],
  ["always", "Always skip"],
  ["never", "Never skip"],
];

/** What the player does where an intro, a recap or the credits begin. */
function SkipPart({ skip, onChange }: { skip: Draft["skip"]; onChange: (skip: Draft["skip"]) => void }) {
  const choose = (part: SkippedPart, value: string) => {
    const habit = HABITS.find(([one]) => one === value)?.[0];
    if (habit !== undefined) onChange({ ...skip, [part]: habit });
  };
  return (
    <fieldset className="plain-set">
      <legend>Skipping</legend>
      <div className="form-row">
        {PARTS.map(([part, label]) => (
          <ChoiceField key={part} label={label} value={skip[part]} onChange={(value) => choose(part, value)} options={HABITS} />
        ))}
      </div>
      <p className="field-hint">What is skipped by itself can be brought back with one press.</p>
    </fieldset>
  );
}

type Props = {
  first: Draft;
  before: ProfileView | null;
  error: unknown;
  busy: boolean;
  onSave: (draft: Draft) => void;
  onCancel: () => void;
  onDelete?: () => void;
};

/** Everything about a profile, in one form. */
export function ProfileForm({ first, before, error, busy, onSave, onCancel, onDelete }: Props) {
  const [draft, setDraft] = useState(first);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const pinTooShort = draft.pin.kind === "set" && draft.pin.digits.length < PIN_DIGITS.least;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!pinTooShort) onSave(draft);
  };
  return (
    <form className="form profile-form" onSubmit={submit}>
      {error !== null && error !== undefined && <FormProblem title={tell(error).title}>{<p>{tell(error).sentence}</p>}</FormProblem>}
      <div className="profile-form-top">
        <div className="profile-form-face">
          <Avatar name={draft.avatar} />
        </div>
        <div className="form">
          <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} autoComplete="off" maxLength={40} required autoFocus={before === null} />
          <SwitchField label="A child’s profile" hint="A brighter room with few words, and no way to the account." checked={draft.kids} onChange={(kids) => setDraft(withKids(draft, kids))} />
        </div>
      </div>
      <AvatarChoice chosen={draft.avatar} onChoose={(avatar) => change({ avatar })} />
      <div className="form-row">
        <ChoiceField label="Language" value={draft.language} onChange={(language) => change({ language })} options={languagesFor(draft.language)} />
        <ChoiceField label="Shows films" value={String(draft.maturity)} onChange={(maturity) => change({ maturity: Number(maturity) })} options={maturitiesFor(draft)} hint="By their age rating; others are not even listed." />
      </div>
      <fieldset className="plain-set">
        <legend>PIN</legend>
        <PinPart draft={draft} hasPin={before?.has_pin === true} onChange={(pin) => change({ pin })} />
      </fieldset>
      <fieldset className="plain-set">
        <legend>Playing by itself</legend>
        <SwitchField label="Go on with the next episode" checked={draft.autoplayNext} onChange={(autoplayNext) => change({ autoplayNext })} />
        <SwitchField label="Play previews while browsing" checked={draft.autoplayPreviews} onChange={(autoplayPreviews) => change({ autoplayPreviews })} />
      </fieldset>
      <SkipPart skip={draft.skip} onChange={(skip) => change({ skip })} />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={busy || pinTooShort}>
          {busy ? "Saving…" : "Save"}
        </Button>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
        {onDelete !== undefined && (
          <Button look="danger" className="push-right" onClick={onDelete}>
            Delete this profile
          </Button>
        )}
      </div>
    </form>
  );
}
