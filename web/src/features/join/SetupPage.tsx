import "./join.css";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useNavigate } from "react-router";

import { keys } from "@/api/queries";
import { claim, getSetup } from "@/api/session";
import { NewPasswordField } from "@/session/NewPasswordField";
import { useLinkParts } from "@/session/useLinkParts";
import { useTakeUp } from "@/session/useSession";
import { FormProblem, TextField } from "@/ui/Field";
import { FormFrame } from "@/ui/FormFrame";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { troubleOf } from "./model";

function ClaimForm({ linked }: { linked: string | null }) {
  const [token, setToken] = useState(linked ?? "");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const taking = useMutation({
    mutationFn: () => claim({ token: token.trim(), email: email.trim(), password, name: name.trim() }),
    onSuccess: async (view) => {
      await takeUp(view);
      await navigate("/profiles", { replace: true });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    taking.mutate();
  };
  const trouble = troubleOf(taking.error);
  return (
    <form className="form" onSubmit={submit}>
      {trouble.whole !== null && <FormProblem title={trouble.whole.title}>{<p>{trouble.whole.sentence}</p>}</FormProblem>}
      {trouble.password !== null && <FormProblem title="That password does not do">{<p>{trouble.password}</p>}</FormProblem>}
      {linked === null && <TextField label="Set-up code" name="setup-code" autoComplete="off" value={token} onChange={setToken} hint="Printed where Matinee was started. It works once." required />}
      <TextField label="Your name" name="name" autoComplete="name" value={name} onChange={setName} maxLength={100} required />
      <TextField label="E-mail" kind="email" name="username" autoComplete="username" value={email} onChange={setEmail} maxLength={254} required />
      <NewPasswordField value={password} onChange={setPassword} error={trouble.password} known={[email, name]} />
      <Button type="submit" look="primary" disabled={taking.isPending}>
        {taking.isPending ? "One moment…" : "Take over the house"}
      </Button>
    </form>
  );
}

/** The first account of a new house, once for ever: its administrator. */
export function SetupPage() {
  usePageTitle("Set up the house");
  useSpatialNavigation();
  const { token: linked } = useLinkParts();
  const setup = useQuery({ queryKey: keys.setup, queryFn: ({ signal }) => getSetup(signal), staleTime: 0 });
  if (setup.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={setup.error} level={1} onRetry={() => void setup.refetch()} />
      </div>
    );
  }
  if (setup.data?.claimed === true) {
    return (
      <FormFrame title="This house is taken" lead={<p>Its administrator has an account already. Whoever needs more rights asks there.</p>}>
        <LinkButton to="/sign-in" look="primary">
          Sign in
        </LinkButton>
      </FormFrame>
    );
  }
  return (
    <FormFrame title="Open the house" lead={<p>The first account runs everything: films, members, money. This page closes for good once it is made.</p>}>
      {setup.data !== undefined && <ClaimForm linked={linked} />}
    </FormFrame>
  );
}
