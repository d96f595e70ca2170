import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { changeEmail } from "@/api/account";
import type { AccountView } from "@/api/session";
import { useConfirmed } from "@/session/confirmContext";
import { FormProblem, TextField } from "@/ui/Field";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

function EmailForm({ onDone, onClose }: { onDone: (email: string) => void; onClose: () => void }) {
  const confirmed = useConfirmed();
  const [email, setEmail] = useState("");
  const change = useMutation({ mutationFn: () => confirmed(() => changeEmail(email.trim())), onSuccess: () => onDone(email.trim()) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      {change.isError && <FormProblem title={tell(change.error).title}>{<p>{tell(change.error).sentence}</p>}</FormProblem>}
      <TextField label="New e-mail address" kind="email" autoComplete="email" value={email} onChange={setEmail} maxLength={254} required autoFocus />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={change.isPending}>
          Send the link
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** The address, which is also the name to sign in with. */
export function EmailPart({ account }: { account: AccountView }) {
  const [state, setState] = useState<{ kind: "closed" } | { kind: "open" } | { kind: "sent"; email: string }>({ kind: "closed" });
  return (
    <section className="panel" aria-labelledby="email">
      <div className="panel-head">
        <h2 id="email">E-mail</h2>
        {state.kind !== "open" && (
          <Button small look="quiet" onClick={() => setState({ kind: "open" })}>
            Change<span className="visually-hidden"> the e-mail address</span>
          </Button>
        )}
      </div>
      <p className="panel-lead">{account.email}</p>
      <div role="status">
        {state.kind === "sent" && <p className="form-done">A link went to {state.email}. Until it is opened, the old address counts. It was told, too.</p>}
      </div>
      {state.kind === "open" && <EmailForm onDone={(email) => setState({ kind: "sent", email })} onClose={() => setState({ kind: "closed" })} />}
    </section>
  );
}
