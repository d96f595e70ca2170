import { useState, type SyntheticEvent } from "react";

import { TextField } from "@/ui/Field";
import { Button } from "@/ui/primitives";

export type Second = { totp: string } | { recovery_code: string };

type Props = { email: string; busy: boolean; onSubmit: (second: Second) => void; onBack: () => void };

/** The second proof: a code of the authenticator app, or one of the printed ones. */
export function SecondStep({ email, busy, onSubmit, onBack }: Props) {
  const [way, setWay] = useState<"totp" | "recovery">("totp");
  const [code, setCode] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const plain = code.replaceAll(/\s/g, "");
    onSubmit(way === "totp" ? { totp: plain } : { recovery_code: plain });
  };
  const change = () => {
    setWay(way === "totp" ? "recovery" : "totp");
    setCode("");
  };
  return (
    <form className="form" onSubmit={submit}>
      <p className="panel-lead">The password is right. {email} is protected by a second step.</p>
      <TextField
        key={way}
        label={way === "totp" ? "Code of your authenticator app" : "Recovery code"}
        kind={way === "totp" ? "code" : "text"}
        autoComplete={way === "totp" ? "one-time-code" : "off"}
        value={code}
        onChange={setCode}
        hint={way === "totp" ? "Six digits, new every half minute." : "One of the ten that you kept. Each works once."}
        maxLength={40}
        required
        autoFocus
      />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={busy}>
          {busy ? "Checking…" : "Go on"}
        </Button>
        <button type="button" className="text-link" onClick={change}>
          {way === "totp" ? "Use a recovery code" : "Use the authenticator app"}
        </button>
        <button type="button" className="text-link" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}
