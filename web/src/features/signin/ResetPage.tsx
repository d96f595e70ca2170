import "./signin.css";

import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { Link } from "react-router";

import { askReset, completeReset } from "@/api/session";
import { NewPasswordField } from "@/session/NewPasswordField";
import { passwordTrouble } from "@/session/passwords";
import { useLinkParts } from "@/session/useLinkParts";
import { TextField } from "@/ui/Field";
import { FormFrame } from "@/ui/FormFrame";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton } from "@/ui/primitives";
import { useSpatialNavigation } from "@/ui/spatial";

import { stumble } from "./model";
import { Stumbled } from "./Stumbled";

function Ask() {
  const [email, setEmail] = useState("");
  const request = useMutation({ mutationFn: askReset });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    request.mutate(email.trim());
  };
  if (request.isSuccess) {
    return (
      <FormFrame title="Look at your mail" lead={<p>If {email.trim()} has an account here, a link is on its way to it. It works for half an hour, once.</p>}>
        <p className="door-foot">
          Nothing there? Look among the unwanted mail, or <button type="button" className="text-link" onClick={() => request.reset()}>try another address</button>.
        </p>
      </FormFrame>
    );
  }
  return (
    <FormFrame title="New password" lead={<p>We send a link to the address that you joined with.</p>}>
      {request.isError && <Stumbled key={request.submittedAt} stumble={stumble(request.error)} />}
      <form className="form" onSubmit={submit}>
        <TextField label="E-mail" kind="email" name="username" autoComplete="username" value={email} onChange={setEmail} maxLength={254} required />
        <div className="form-actions">
          <Button type="submit" look="primary" disabled={request.isPending}>
            Send the link
          </Button>
          <Link className="text-link" to="/sign-in">
            Back to signing in
          </Link>
        </div>
      </form>
    </FormFrame>
  );
}

function Complete({ token }: { token: string }) {
  const [password, setPassword] = useState("");
  const change = useMutation({ mutationFn: () => completeReset(token, password) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate();
  };
  if (change.isSuccess) {
    return (
      <FormFrame title="Done" lead={<p>The new password counts from now on. Every device was signed out, so that whoever knew the old one is out too.</p>}>
        <LinkButton to="/sign-in" look="primary">
          Sign in
        </LinkButton>
      </FormFrame>
    );
  }
  const trouble = passwordTrouble(change.error);
  return (
    <FormFrame title="New password" lead={<p>Choose one that you use nowhere else.</p>}>
      {change.isError && trouble === null && <Stumbled key={change.submittedAt} stumble={stumble(change.error)} />}
      <form className="form" onSubmit={submit}>
        <NewPasswordField value={password} onChange={setPassword} error={trouble} known={[]} autoFocus />
        <Button type="submit" look="primary" disabled={change.isPending}>
          Set the password
        </Button>
      </form>
      {change.isError && trouble === null && (
        <p className="door-foot">
          A link works once and for half an hour. <Link to="/reset">Ask for another</Link>.
        </p>
      )}
    </FormFrame>
  );
}

/** Asking for a reset by mail; with the link's token, choosing another password. */
export function ResetPage() {
  usePageTitle("New password");
  useSpatialNavigation();
  const { token } = useLinkParts();
  return token === null ? <Ask /> : <Complete token={token} />;
}
