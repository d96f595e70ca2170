import { useCallback, useMemo, useState, type ReactNode, type SyntheticEvent } from "react";

import { ApiProblem } from "@/api/problem";
import { confirmPasskeyOptions, confirmSession, confirmWithPasskey } from "@/api/session";
import { TextField } from "@/ui/Field";
import { Button, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { ConfirmContext, type Confirmed } from "./confirmContext";
import { useSession } from "./useSession";
import { askPasskey, isDeclined, passkeysPossible } from "./webauthn";

type Question = { resolve: () => void; reject: () => void };

const ASKING_MS = 120_000;

function Ask({ onProven, onClose }: { onProven: () => void; onClose: () => void }) {
  const session = useSession();
  const hasPassword = session.data?.methods.password !== false;
  const hasPasskey = passkeysPossible() && (session.data?.methods.passkeys ?? 0) > 0;
  const [proof, setProof] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<"busy" | "idle">("idle");
  const settle = (proving: Promise<void>) => {
    setBusy("busy");
    proving.then(onProven, (error: unknown) => {
      setProblem(isDeclined(error) ? null : tell(error).sentence);
      setBusy("idle");
    });
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    settle(confirmSession(hasPassword ? { password: proof } : { totp: proof.replaceAll(/\s/g, "") }));
  };
  const withPasskey = async () => {
    const options = await confirmPasskeyOptions();
    await confirmWithPasskey(await askPasskey(options, { mediation: "optional", signal: AbortSignal.timeout(ASKING_MS) }));
  };
  return (
    <Dialog title="Is it really you?" onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        <p className="field-hint">Changes of security and erasing ask once more, in case somebody else sits at this screen. The answer counts for ten minutes.</p>
        <input type="text" name="username" autoComplete="username" value={session.data?.account?.email ?? ""} readOnly hidden />
        {hasPassword ? (
          <TextField label="Your password" kind="password" autoComplete="current-password" value={proof} onChange={setProof} error={problem} required autoFocus />
        ) : (
          <TextField label="Code of your authenticator app" kind="code" autoComplete="one-time-code" value={proof} onChange={setProof} error={problem} required autoFocus />
        )}
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Not now
          </Button>
          {hasPasskey && (
            <Button look="quiet" icon="key" disabled={busy === "busy"} onClick={() => settle(withPasskey())}>
              Use a passkey
            </Button>
          )}
          <Button look="primary" type="submit" disabled={busy === "busy"}>
            Go on
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Gives the pages below it `useConfirmed`, and shows its question when one is open. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const confirmed = useCallback<Confirmed>(async (action) => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== "confirm-needed") throw error;
      await new Promise<void>((resolve, reject) => setQuestion({ resolve, reject: () => reject(error) }));
      return action();
    }
  }, []);
  const settle = (how: "resolve" | "reject") => {
    setQuestion(null);
    if (how === "resolve") question?.resolve();
    else question?.reject();
  };
  const value = useMemo(() => confirmed, [confirmed]);
  return (
    <ConfirmContext value={value}>
      {children}
      {question !== null && <Ask onProven={() => settle("resolve")} onClose={() => settle("reject")} />}
    </ConfirmContext>
  );
}
