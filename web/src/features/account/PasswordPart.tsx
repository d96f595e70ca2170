import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { changePassword } from "@/api/account";
import { keys } from "@/api/queries";
import type { AccountView } from "@/api/session";
import { useConfirmed } from "@/session/confirmContext";
import { NewPasswordField } from "@/session/NewPasswordField";
import { passwordTrouble } from "@/session/passwords";
import { FormProblem, TextField } from "@/ui/Field";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

type FormProps = { account: AccountView; hasPassword: boolean; onDone: () => void; onClose: () => void };

function PasswordForm({ account, hasPassword, onDone, onClose }: FormProps) {
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useMutation({
    mutationFn: () => confirmed(() => changePassword(fresh, hasPassword ? current : undefined)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.member });
      onDone();
    },
  });
  const trouble = passwordTrouble(change.error);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      {change.isError && trouble === null && <FormProblem title={tell(change.error).title}>{<p>{tell(change.error).sentence}</p>}</FormProblem>}
      <input type="text" name="username" autoComplete="username" value={account.email} readOnly hidden />
      {hasPassword && <TextField label="Current password" kind="password" autoComplete="current-password" value={current} onChange={setCurrent} required autoFocus />}
      <NewPasswordField label="New password" value={fresh} onChange={setFresh} error={trouble} known={[account.email, account.name]} />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={change.isPending}>
          Set the password
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** The password, and setting another one. */
export function PasswordPart({ account, hasPassword }: { account: AccountView; hasPassword: boolean }) {
  const [state, setState] = useState<"closed" | "open" | "done">("closed");
  return (
    <section className="panel" aria-labelledby="password">
      <div className="panel-head">
        <h2 id="password">Password</h2>
        {state !== "open" && (
          <Button small look="quiet" onClick={() => setState("open")}>
            {hasPassword ? "Change" : "Set one"}
            <span className="visually-hidden">: password</span>
          </Button>
        )}
      </div>
      <p className="panel-lead">{hasPassword ? "Changing it signs every other device out." : "You sign in without one."}</p>
      <div role="status">{state === "done" && <p className="form-done">The new password counts from now on.</p>}</div>
      {state === "open" && <PasswordForm account={account} hasPassword={hasPassword} onDone={() => setState("done")} onClose={() => setState("closed")} />}
    </section>
  );
}
