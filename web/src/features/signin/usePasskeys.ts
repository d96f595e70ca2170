import { useCallback, useEffect, useRef, useState } from "react";

import { ApiProblem } from "@/api/problem";
import { passkeySignInOptions, signInWithPasskey, type SessionView } from "@/api/session";
import { askPasskey, autofillPossible, isDeclined, passkeysPossible } from "@/session/webauthn";

type Outcome = { onEntered: (view: SessionView) => Promise<void>; onProblem: (error: unknown) => void };

/**
 * Signing in with a passkey: offered among what the browser fills in from the start, and by a button.
 *
 * A browser answers one such question at a time, so the button first takes back the one that waits in the field.
 */
export function usePasskeys(outcome: Outcome): { possible: boolean; busy: boolean; ask: () => void } {
  const latest = useRef(outcome);
  const waiting = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    latest.current = outcome;
  });

  const run = useCallback(async (mediation: "optional" | "conditional") => {
    waiting.current?.abort();
    const mine = new AbortController();
    waiting.current = mine;
    try {
      const options = await (mediation === "conditional" ? passkeySignInOptions().catch(() => null) : passkeySignInOptions());
      if (options === null || mine.signal.aborted) return;
      const credential = await askPasskey(options, { mediation, signal: mine.signal });
      await latest.current.onEntered(await signInWithPasskey(credential));
    } catch (error) {
      // What nobody asked for fails in silence: the form is still there.
      if (mine.signal.aborted || isDeclined(error) || (mediation === "conditional" && !(error instanceof ApiProblem))) return;
      latest.current.onProblem(error);
    }
  }, []);

  useEffect(() => {
    let shown = true;
    void autofillPossible().then((possible) => {
      if (!possible || !shown) return;
      void run("conditional").catch(() => undefined);
    });
    return () => {
      shown = false;
      waiting.current?.abort();
    };
  }, [run]);

  const ask = () => {
    setBusy(true);
    void run("optional").finally(() => setBusy(false));
  };
  return { possible: passkeysPossible(), busy, ask };
}
