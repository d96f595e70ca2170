import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState, type SyntheticEvent } from "react";
import { Link } from "react-router";

import { keys } from "@/api/queries";
import { signIn } from "@/api/studio";
import { usePageTitle } from "@/ui/page";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

/** Asks for the operator key. */
export function SignIn() {
  usePageTitle("Studio");
  const client = useQueryClient();
  const id = useId();
  const [key, setKey] = useState("");
  const entry = useMutation({ mutationFn: signIn, onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: keys.session }), client.invalidateQueries({ queryKey: keys.member })]) });
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (key.trim() !== "") entry.mutate(key.trim());
  };
  return (
    <div className="page page-beamed sign-in">
      <h1 tabIndex={-1}>Studio</h1>
      <p>Where films come in and the programme is made.</p>
      <form onSubmit={onSubmit}>
        <div className="field">
          <label htmlFor={`${id}-key`}>Operator key</label>
          <input
            id={`${id}-key`}
            type="password"
            autoComplete="current-password"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            aria-describedby={`${id}-hint`}
            aria-invalid={entry.isError}
            required
          />
          <p id={`${id}-hint`} className="field-hint">
            Paste it: it was printed where Matinee was started, in the lines after “ready”.
          </p>
          <div role="alert">{entry.isError && <p className="field-error">{`${tell(entry.error).title}. ${tell(entry.error).sentence}`}</p>}</div>
        </div>
        <p>
          Editors and administrators <Link to="/sign-in?return_to=%2Fstudio">sign in with their account</Link>.
        </p>
        <details className="sign-in-help">
          <summary>Where do I find the key?</summary>
          <p>
            In the terminal that runs Matinee: each start prints the address to open and the operator key below it. Whoever started the service can pass it on
            to you.
          </p>
        </details>
        <Button type="submit" look="primary" disabled={entry.isPending}>
          {entry.isPending ? "Signing in…" : "Sign in"}
        </Button>
      </form>
    </div>
  );
}
