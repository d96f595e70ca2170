import "./signin.css";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { Link, Navigate, useSearchParams } from "react-router";

import { keys } from "@/api/queries";
import { listOidc, oidcStart, signIn, type Credentials } from "@/api/session";
import { safeReturnPath } from "@/session/returnPath";
import { membershipOf, useSession } from "@/session/useSession";
import { FormFrame } from "@/ui/FormFrame";
import { FormProblem, TextField } from "@/ui/Field";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Button } from "@/ui/primitives";
import { useSpatialNavigation } from "@/ui/spatial";

import { isCode, stumble } from "./model";
import { SecondStep } from "./SecondStep";
import { Stumbled } from "./Stumbled";
import { useArrive } from "./useArrive";
import { usePasskeys } from "./usePasskeys";

/** What the address says when a provider's answer could not sign anybody in. */
const PROVIDER_PROBLEMS: Record<string, string> = {
  "provider-link-needed": "An account with that address exists already. Sign in to it as usual, once: the two are linked then.",
  "provider-email": "The provider does not vouch for an e-mail address. Sign in with e-mail and password.",
  "provider-away": "The provider does not answer right now. Try again later, or sign in with e-mail and password.",
};
const OTHER_PROBLEM = "That did not work out at the provider. Try again, or sign in with e-mail and password.";

function Providers({ returnTo }: { returnTo: string }) {
  const providers = useQuery({ queryKey: keys.oidc, queryFn: ({ signal }) => listOidc(signal), retry: false, staleTime: 300_000 });
  if (providers.data === undefined || providers.data.length === 0) return null;
  return (
    <div className="stack">
      {providers.data.map((provider) => (
        <a key={provider.name} className="button button-quiet" href={oidcStart(provider.name, returnTo)}>
          Go on with {provider.label}
        </a>
      ))}
    </div>
  );
}

type FirstProps = { email: string; onEmail: (email: string) => void; onSubmit: (password: string) => void; busy: boolean };

function FirstStep({ email, onEmail, onSubmit, busy }: FirstProps) {
  const [password, setPassword] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit(password);
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField label="E-mail" kind="email" name="username" autoComplete="username webauthn" value={email} onChange={onEmail} maxLength={254} required />
      <TextField label="Password" kind="password" name="password" autoComplete="current-password webauthn" value={password} onChange={setPassword} maxLength={1024} required />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </Button>
        <Link className="text-link" to="/reset">
          Forgotten the password?
        </Link>
      </div>
    </form>
  );
}

function Door() {
  const [search] = useSearchParams();
  const returnTo = safeReturnPath(search.get("return_to"));
  const returned = search.get("problem");
  const arrive = useArrive();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<"first" | "second">("first");
  const [passkeyProblem, setPasskeyProblem] = useState<unknown>(null);
  const entry = useMutation({
    mutationFn: (credentials: Credentials) => signIn(credentials),
    onSuccess: arrive,
    onError: (error) => {
      if (isCode(error, "totp-needed")) setStep("second");
    },
  });
  const passkeys = usePasskeys({ onEntered: arrive, onProblem: setPasskeyProblem });
  const problem = passkeyProblem ?? (isCode(entry.error, "totp-needed") ? null : entry.error);
  const first = (typed: string) => {
    setPassword(typed);
    setPasskeyProblem(null);
    entry.mutate({ email: email.trim(), password: typed });
  };
  return (
    <FormFrame title="Sign in">
      {returned !== null && problem === null && (
        <FormProblem title={returned === "provider-link-needed" ? "One step more" : "Not signed in"}>
          <p>{PROVIDER_PROBLEMS[returned] ?? OTHER_PROBLEM}</p>
        </FormProblem>
      )}
      {problem !== null && <Stumbled key={entry.submittedAt} stumble={stumble(problem)} />}
      {step === "second" ? (
        <SecondStep email={email} busy={entry.isPending} onSubmit={(second) => entry.mutate({ email: email.trim(), password, ...second })} onBack={() => setStep("first")} />
      ) : (
        <>
          <FirstStep email={email} onEmail={setEmail} onSubmit={first} busy={entry.isPending} />
          <p className="rule-or">or</p>
          <div className="stack">
            {passkeys.possible && (
              <Button look="quiet" disabled={passkeys.busy} onClick={passkeys.ask}>
                <Icon name="key" />
                Sign in with a passkey
              </Button>
            )}
            <Providers returnTo={returnTo} />
          </div>
          <p className="door-foot">
            New here? <Link to="/join">Join Matinee</Link>. On a television? <Link to="/tv">Sign in with a code</Link>.
          </p>
        </>
      )}
    </FormFrame>
  );
}

/** E-mail and password, a passkey, or a provider; then back to where the person came from. */
export function SignInPage() {
  usePageTitle("Sign in");
  useSpatialNavigation();
  const session = useSession();
  const [search] = useSearchParams();
  if (membershipOf(session.data) === "member") return <Navigate to={safeReturnPath(search.get("return_to"))} replace />;
  return <Door />;
}
