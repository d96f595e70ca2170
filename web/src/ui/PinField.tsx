import { useEffect, useId, useRef } from "react";

import { Icon } from "./icons";

type Props = { label: string; value: string; onChange: (digits: string) => void; error?: string | null; autoFocus?: boolean };

export const PIN_DIGITS = { least: 4, most: 8 } as const;

/** Only the digits of what was typed or pasted, as many as a PIN can have. */
export function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, "").slice(0, PIN_DIGITS.most);
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** A PIN: one field, which takes typing and pasting, and keys for fingers and remote controls. */
export function PinField({ label, value, onChange, error, autoFocus }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const wrong = error !== undefined && error !== null;
  useEffect(() => {
    if (autoFocus === true) input.current?.focus();
  }, [autoFocus]);
  const press = (digit: string) => onChange(digitsOf(value + digit));
  return (
    <div className="pin">
      <div className="pin-entry field">
        <label htmlFor={id}>{label}</label>
        <input
          ref={input}
          id={id}
          type="password"
          inputMode="numeric"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(digitsOf(event.currentTarget.value))}
          aria-describedby={wrong ? `${id}-error` : undefined}
          aria-invalid={wrong || undefined}
          required
        />
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      </div>
      <div className="pin-keys" role="group" aria-label="Digits">
        {KEYS.map((digit) => (
          <button key={digit} type="button" onClick={() => press(digit)}>
            {digit}
          </button>
        ))}
        <button type="button" onClick={() => onChange("")}>
          <span className="pin-clear">Clear</span>
        </button>
        <button type="button" onClick={() => press("0")}>
          0
        </button>
        <button type="button" aria-label="Delete the last digit" onClick={() => onChange(value.slice(0, -1))}>
          <Icon name="erase" />
        </button>
      </div>
    </div>
  );
}
