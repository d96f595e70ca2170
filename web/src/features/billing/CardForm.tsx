import { useMutation } from "@tanstack/react-query";
import { useEffect, useId, useLayoutEffect, useRef, useState, type ChangeEvent, type HTMLInputAutoCompleteAttribute, type ReactNode, type SyntheticEvent } from "react";

import { tokenizeCard } from "@/api/billing";
import { FormProblem } from "@/ui/Field";
import { Button, Chip } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { brandOf, cardErrors, cardOf, caretAfter, digits, EMPTY_CARD, formatCvc, formatExpiry, formatNumber, isRight, NO_ERRORS, type CardDraft } from "./card";
import { refusalOf } from "./declines";
import { isUndecided } from "./useOnce";

type FieldProps = { label: string; name: string; autoComplete: HTMLInputAutoCompleteAttribute; placeholder: string; value: string; onWrite: (typed: string) => string; error: string | null; hint?: string; mark?: ReactNode };

/** Figures that are written in groups. The caret stays behind the digit that was typed. */
function CardField({ label, name, autoComplete, placeholder, value, onWrite, error, hint, mark }: FieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current !== null && document.activeElement === input.current) input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    const { value: typed, selectionStart } = event.currentTarget;
    const at = selectionStart ?? typed.length;
    const written = onWrite(typed);
    caret.current = at === typed.length ? written.length : caretAfter(written, digits(typed.slice(0, at)).length);
  };
  const described = [hint === undefined ? null : `${id}-hint`, error === null ? null : `${id}-error`].filter((one) => one !== null).join(" ");
  return (
    <div className={error === null ? "field" : "field field-wrong"}>
      <label htmlFor={id}>{label}</label>
      <div className="field-line">
        <input ref={input} id={id} name={name} type="text" inputMode="numeric" autoComplete={autoComplete} placeholder={placeholder} value={value} onChange={onChange} aria-invalid={error !== null || undefined} aria-describedby={described === "" ? undefined : described} aria-required="true" spellCheck={false} className="card-figures" />
        {mark}
      </div>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      {error !== null && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

const TEST_CARDS: [number: string, does: string][] = [
  ["4242424242424242", "Every payment succeeds"],
  ["4000000000000002", "Declined, later tries are allowed"],
  ["4000000000009979", "Declined for good"],
  ["4000002500003155", "The bank asks you to confirm"],
];

/** The pretend bank of a house that takes no real money. */
function TestCards({ onUse }: { onUse: (draft: CardDraft) => void }) {
  const year = new Date().getFullYear() + 3;
  return (
    <details className="test-cards">
      <summary>Test mode: no real money moves. Use a test card.</summary>
      <ul>
        {TEST_CARDS.map(([number, does]) => (
          <li key={number}>
            <span>
              <span className="card-figures">{formatNumber(number)}</span> {does}
            </span>
            <Button small look="quiet" onClick={() => onUse({ number: formatNumber(number), expiry: `12 / ${year % 100}`, cvc: "123" })}>
              Fill in<span className="visually-hidden"> the card: {does.toLowerCase()}</span>
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}

type Props = {
  tokenizeUrl: string;
  testing: "testing" | "real";
  /** What is done with the token; a failure is shown at the field it is about. */
  act: (token: string) => Promise<unknown>;
  label: string;
  children?: ReactNode;
  aside?: ReactNode;
};

/** A card's number, expiry and code. They go from here to the processor, which gives a token for them. */
export function CardForm({ tokenizeUrl, testing, act, label, children, aside }: Props) {
  const [draft, setDraft] = useState(EMPTY_CARD);
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const kept = useRef<{ card: string; token: string } | null>(null);
  const sending = useMutation({
    mutationFn: async () => {
      const card = JSON.stringify(draft);
      if (kept.current?.card !== card) kept.current = { card, token: await tokenizeCard(tokenizeUrl, cardOf(draft)) };
      try {
        await act(kept.current.token);
      } catch (error) {
        if (!isUndecided(error)) kept.current = null;
        throw error;
      }
    },
  });
  const refusal = refusalOf(sending.error);
  const own = tries > 0 ? cardErrors(draft, new Date()) : NO_ERRORS;
  const errors = sending.isError && refusal !== null && isRight(own) ? refusal.fields : own;
  const problem = sending.isError ? (refusal ?? tell(sending.error)) : null;
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  }, [tries]);
  const write = (change: Partial<CardDraft>) => {
    setDraft((before) => ({ ...before, ...change }));
    if (sending.isError) sending.reset();
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTries(tries + 1);
    if (isRight(cardErrors(draft, new Date()))) sending.mutate();
  };
  const brand = brandOf(draft.number);
  return (
    <form ref={form} className="form" onSubmit={submit} noValidate>
      {problem !== null && <FormProblem title={problem.title}>{<p>{problem.sentence}</p>}</FormProblem>}
      {testing === "testing" && <TestCards onUse={write} />}
      <CardField
        label="Card number"
        name="cc-number"
        autoComplete="cc-number"
        placeholder="1234 5678 9012 3456"
        value={draft.number}
        error={errors.number}
        mark={brand === null ? undefined : <span className="card-brand" aria-hidden="true"><Chip>{brand}</Chip></span>}
        onWrite={(typed) => {
          const number = formatNumber(typed);
          write({ number });
          return number;
        }}
      />
      <div className="card-row">
        <CardField
          label="Expires"
          name="cc-exp"
          autoComplete="cc-exp"
          placeholder="MM / YY"
          value={draft.expiry}
          error={errors.expiry}
          onWrite={(typed) => {
            const expiry = formatExpiry(typed, draft.expiry);
            write({ expiry });
            return expiry;
          }}
        />
        <CardField
          label="Security code"
          name="cc-csc"
          autoComplete="cc-csc"
          placeholder="123"
          value={draft.cvc}
          error={errors.cvc}
          onWrite={(typed) => {
            const cvc = formatCvc(typed);
            write({ cvc });
            return cvc;
          }}
        />
      </div>
      <p className="field-hint">The card goes straight to the payment processor. This house never sees its number.</p>
      {children}
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={sending.isPending}>
          {sending.isPending ? "One moment…" : label}
        </Button>
        {aside}
      </div>
    </form>
  );
}
