import "./join.css";

import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { Link, useNavigate } from "react-router";

import { ApiProblem } from "@/api/problem";
import { completeEmailChange, resendVerification, verify, type JoinProof } from "@/api/session";
import { useLinkParts } from "@/session/useLinkParts";
import { useTakeUp } from "@/session/useSession";
import { FormProblem, TextField } from "@/ui/Field";
import { FormFrame } from "@/ui/FormFrame";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { browserSecret, forgetBrowserSecret, keepPlan } from "./model";

function Resend() {
  const [email, setEmail] = useState("");
  const again = useMutation({ mutationFn: () => resendVerification(email.trim()) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    again.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField label="E-mail" kind="email" name="username" autoComplete="username" value={email} onChange={setEmail} maxLength={254} required />
      <div role="status">{again.isSuccess && <p className="form-done">If that address waits to be confirmed, another link is on its way.</p>}</div>
      {again.isError && <p className="field-error">{tell(again.error).sentence}</p>}
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={again.isPending}>
          Send another link
        </Button>
        <Link className="text-link" to="/sign-in">
          Sign in
        </Link>
      </div>
    </form>
  );
}

function NoLink() {
  return (
    <FormFrame title="Confirm your address" lead={<p>Open the link in the mail that we sent. If it is gone or too old, ask for another.</p>}>
      <Resend />
    </FormFrame>
  );
}

/** Opened elsewhere than where the sign-up began: only its password shows that both were the same person. */
function PasswordStep({ problem, busy, onProve }: { problem: string | null; busy: boolean; onProve: (password: string) => void }) {
  const [password, setPassword] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onProve(password);
  };
  return (
    <FormFrame title="Your password, please" lead={<p>This is not the browser that you signed up with, so type the password that you chose there. If you did not sign up, close this page: nothing happens then.</p>}>
      <form className="form" onSubmit={submit}>
        <TextField label="Password" kind="password" name="password" autoComplete="current-password" value={password} onChange={setPassword} error={problem} maxLength={1024} required autoFocus />
        <div className="form-actions">
          <Button type="submit" look="primary" disabled={busy}>
            {busy ? "One moment…" : "Confirm my address"}
          </Button>
          <Link className="text-link" to="/join">
            Sign up with a password of my own
          </Link>
        </div>
      </form>
    </FormFrame>
  );
}

/** A press of a button confirms, not the visit: programs that look at links in mail must not use them up. */
function Confirm({ token, plan, then }: { token: string; plan: string | null; then: string }) {
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const [elsewhere, setElsewhere] = useState<"yes" | "unknown">("unknown");
  const entry = useMutation({
    mutationFn: (proof: JoinProof) => verify(token, proof),
    onSuccess: async (view) => {
      if (plan !== null) keepPlan(plan);
      forgetBrowserSecret();
      await takeUp(view);
      await navigate(then, { replace: true });
    },
    onError: (error) => {
      if (codeOf(error) === "join-password-needed") setElsewhere("yes");
    },
  });
  const code = entry.isError ? codeOf(entry.error) : null;
  if (elsewhere === "yes" && code !== "link") {
    const problem = entry.isError && code !== "join-password-needed" ? tell(entry.error).sentence : null;
    return <PasswordStep problem={problem} busy={entry.isPending} onProve={(password) => entry.mutate({ password })} />;
  }
  if (entry.isError) {
    const { title, sentence } = tell(entry.error);
    return (
      <FormFrame title="Confirm your address">
        <FormProblem title={title}>{<p>{sentence}</p>}</FormProblem>
        <Resend />
      </FormFrame>
    );
  }
  return (
    <FormFrame title="Welcome in" lead={<p>One press, and your address is confirmed.</p>}>
      <div className="form-actions">
        <Button look="primary" disabled={entry.isPending} onClick={() => entry.mutate({ browser: browserSecret() })}>
          {entry.isPending ? "One moment…" : "Confirm my address"}
        </Button>
      </div>
    </FormFrame>
  );
}

function codeOf(error: unknown): string | null {
  return error instanceof ApiProblem ? error.code : null;
}

/** The new address of an account that exists; whoever has the link may confirm, signed in or not. */
function ConfirmEmail({ token }: { token: string }) {
  const change = useMutation({ mutationFn: () => completeEmailChange(token) });
  if (change.isSuccess) {
    return (
      <FormFrame title="That is your address now" lead={<p>Sign in with it from here on. The old one was told.</p>}>
        <LinkButton to="/account" look="primary">
          To the account
        </LinkButton>
      </FormFrame>
    );
  }
  return (
    <FormFrame title="Change the address" lead={<p>Confirm that this mailbox is the account’s from now on.</p>}>
      {change.isError && <FormProblem title={tell(change.error).title}>{<p>{tell(change.error).sentence}</p>}</FormProblem>}
      <Button look="primary" disabled={change.isPending} onClick={() => change.mutate()}>
        Use this address
      </Button>
    </FormFrame>
  );
}

/** Where links in mail lead: `/verify` for a new account, `/account/email` for another address. */
export function VerifyPage({ then, what }: { then: string; what: "account" | "email" }) {
  usePageTitle("Confirm your address");
  useSpatialNavigation();
  const { token, plan } = useLinkParts();
  if (token === null) return <NoLink />;
  return what === "email" ? <ConfirmEmail token={token} /> : <Confirm token={token} plan={plan} then={then} />;
}
