import { useId } from "react";

import { TextField } from "@/ui/Field";

import { strengthOf } from "./passwords";

type Props = { label?: string; value: string; onChange: (value: string) => void; error?: string | null; known: readonly string[]; autoFocus?: boolean };

/** A field for another password, with an opinion on it while it is written. Pasting is welcome. */
export function NewPasswordField({ label = "Password", value, onChange, error, known, autoFocus }: Props) {
  const id = useId();
  const strength = strengthOf(value, known);
  return (
    <div className="stack">
      <TextField label={label} kind="password" name="new-password" autoComplete="new-password" value={value} onChange={onChange} error={error} maxLength={1024} required autoFocus={autoFocus} describedBy={id} />
      <div id={id} className={`strength strength-${value === "" ? "none" : strength.level}`}>
        <span className="strength-bars" aria-hidden="true">
          {[1, 2, 3, 4].map((bar) => (
            <span key={bar} className={value !== "" && bar <= Math.max(strength.level, 1) ? "strength-on" : undefined} />
          ))}
        </span>
        <span role="status">{value === "" ? "A sentence that only you would think of is a good password." : [strength.word, strength.advice].filter((part) => part !== null).join(". ")}</span>
      </div>
    </div>
  );
}
