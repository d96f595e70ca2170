import { useState, type SyntheticEvent } from "react";
import { Link } from "react-router";

import { NewPasswordField } from "@/session/NewPasswordField";
import { FormProblem, TextField } from "@/ui/Field";
import { Button } from "@/ui/primitives";

import type { Trouble } from "./model";

export type Fresh = { email: string; name: string; password: string };

type Props = { fresh: Fresh; onChange: (fresh: Fresh) => void; onSubmit: () => void; trouble: Trouble; busy: boolean; last: boolean };

function wrongEmail(email: string): string | null {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim()) ? null : "Write it as name@example.org.";
}

/** Who somebody is: a name, an address that can be confirmed, a password. */
export function AccountStep({ fresh, onChange, onSubmit, trouble, busy, last }: Props) {
  const [checked, setChecked] = useState<"yes" | "no">("no");
  const emailProblem = checked === "yes" ? wrongEmail(fresh.email) : null;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked("yes");
    if (wrongEmail(fresh.email) === null) onSubmit();
  };
  return (
    <form className="form" onSubmit={submit} noValidate={false}>
      {trouble.whole !== null && <FormProblem title={trouble.whole.title}>{<p>{trouble.whole.sentence}</p>}</FormProblem>}
      {trouble.password !== null && <FormProblem title="That password does not do">{<p>{trouble.password}</p>}</FormProblem>}
      <TextField label="Your name" name="name" autoComplete="name" value={fresh.name} onChange={(name) => onChange({ ...fresh, name })} maxLength={100} required />
      <TextField label="E-mail" kind="email" name="username" autoComplete="username" value={fresh.email} onChange={(email) => onChange({ ...fresh, email })} error={emailProblem} hint="A link to confirm it comes by mail." maxLength={254} required />
      <NewPasswordField value={fresh.password} onChange={(password) => onChange({ ...fresh, password })} error={trouble.password} known={[fresh.email, fresh.name]} />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={busy}>
          {busy ? "One moment…" : last ? "Join" : "Go on"}
        </Button>
      </div>
      <p className="door-foot">
        Here already? <Link to="/sign-in">Sign in</Link>.
      </p>
    </form>
  );
}
