import { useEffect, useId, useRef, useState, type HTMLInputAutoCompleteAttribute, type ReactNode } from "react";

type Kind = "text" | "email" | "password" | "code";

export type TextFieldProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  kind?: Kind;
  name?: string;
  autoComplete?: HTMLInputAutoCompleteAttribute;
  hint?: ReactNode;
  error?: string | null;
  required?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
  placeholder?: string;
  /** Further descriptions, such as a live hint that stands below. */
  describedBy?: string;
};

const MODES: Record<Kind, "text" | "email" | "numeric"> = { text: "text", email: "email", password: "text", code: "numeric" };

function typeOf(kind: Kind, shown: "shown" | "hidden"): string {
  if (kind === "password") return shown === "shown" ? "text" : "password";
  return kind === "email" ? "email" : "text";
}

/** One line of text with its label, hint and error tied to it. A password can be looked at; a code is written in figures. */
export function TextField({ label, value, onChange, kind = "text", name, autoComplete, hint, error, required, autoFocus, maxLength, placeholder, describedBy }: TextFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState<"shown" | "hidden">("hidden");
  const wrong = error !== undefined && error !== null && error !== "";
  useEffect(() => {
    if (autoFocus === true) input.current?.focus();
  }, [autoFocus]);
  const described = [hint === undefined ? null : `${id}-hint`, wrong ? `${id}-error` : null, describedBy].filter(Boolean).join(" ");
  return (
    <div className={wrong ? "field field-wrong" : "field"}>
      <label htmlFor={id}>{label}</label>
      <div className="field-line">
        <input
          ref={input}
          id={id}
          name={name}
          type={typeOf(kind, shown)}
          inputMode={MODES[kind]}
          className={kind === "code" ? "field-code" : undefined}
          autoComplete={autoComplete}
          autoCapitalize={kind === "text" ? undefined : "none"}
          spellCheck={kind === "text" ? undefined : false}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          aria-describedby={described === "" ? undefined : described}
          aria-invalid={wrong || undefined}
          required={required}
          maxLength={maxLength}
          placeholder={placeholder}
        />
        {kind === "password" && (
          <button type="button" className="field-eye" aria-pressed={shown === "shown"} onClick={() => setShown(shown === "shown" ? "hidden" : "shown")}>
            {shown === "shown" ? "Hide" : "Show"}
            <span className="visually-hidden"> {label.toLowerCase()}</span>
          </button>
        )}
      </div>
      {hint !== undefined && (
        <div id={`${id}-hint`} className="field-hint">
          {hint}
        </div>
      )}
      {wrong && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

type ChoiceFieldProps = { label: string; value: string; onChange: (value: string) => void; options: readonly (readonly [value: string, label: string])[]; autoComplete?: HTMLInputAutoCompleteAttribute; hint?: string; disabled?: boolean };

export function ChoiceField({ label, value, onChange, options, autoComplete, hint, disabled }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} autoComplete={autoComplete} disabled={disabled} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

type SwitchFieldProps = { label: string; hint?: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean };

export function SwitchField({ label, hint, checked, onChange, disabled }: SwitchFieldProps) {
  const id = useId();
  return (
    <div className="switch-field">
      <label className="switch">
        <input type="checkbox" role="switch" checked={checked} disabled={disabled} aria-describedby={hint === undefined ? undefined : id} onChange={(event) => onChange(event.currentTarget.checked)} />
        <span>{label}</span>
      </label>
      {hint !== undefined && (
        <p id={id} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** What stands in the way of a form, said once and at its top; it takes focus, and screen readers read it at once. */
export function FormProblem({ title, children, reference }: { title: string; children?: ReactNode; reference?: string | null }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    ref.current?.focus();
  }, [title, children]);
  return (
    <div ref={ref} className="form-problem" role="alert" tabIndex={-1}>
      <p className="form-problem-title">{title}</p>
      {children}
      {reference !== null && reference !== undefined && <p className="reference">Reference: {reference}</p>}
    </div>
  );
}
