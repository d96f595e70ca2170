import "./signin.css";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useSearchParams } from "react-router";

import { answerPairing, getPairing, type PairingView } from "@/api/account";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import { useConfirmed } from "@/session/confirmContext";
import { TextField } from "@/ui/Field";
import { FormFrame } from "@/ui/FormFrame";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { codeText, stumble } from "./model";
import { Stumbled } from "./Stumbled";

function Enter({ onCode, error }: { onCode: (code: string) => void; error: unknown }) {
  const [code, setCode] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (code !== "") onCode(code);
  };
  return (
    <FormFrame title="Connect a television" lead={<p>On the television, open Matinee and choose “Sign in with a code”. Then type here what it shows.</p>}>
      {error !== null && <Stumbled stumble={stumble(error)} />}
      <form className="form" onSubmit={submit}>
        <TextField label="Code on the television" value={code} onChange={(typed) => setCode(codeText(typed))} placeholder="XXXX-XXXX" autoComplete="off" required autoFocus />
        <Button type="submit" look="primary">
          Go on
        </Button>
      </form>
    </FormFrame>
  );
}

function Approve({ pairing, onBack }: { pairing: PairingView; onBack: () => void }) {
  const confirmed = useConfirmed();
  const answer = useMutation({ mutationFn: (how: "approve" | "deny") => confirmed(() => answerPairing(pairing.user_code, how)) });
  if (answer.isSuccess) {
    const approved = answer.variables === "approve";
    return (
      <FormFrame title={approved ? "Connected" : "Declined"} lead={<p>{approved ? `${pairing.device_name} signs itself in within a few seconds. You find it among your devices from now on.` : "That screen stays outside."}</p>}>
        <div className="form-actions">
          <LinkButton to="/" look="primary">
            To the programme
          </LinkButton>
          <LinkButton to="/account/devices" look="quiet">
            Your devices
          </LinkButton>
        </div>
      </FormFrame>
    );
  }
  return (
    <FormFrame title="Is this your screen?" lead={<p>Approve only what you see in front of you: it will be able to watch with your account.</p>}>
      {answer.isError && <Stumbled key={answer.submittedAt} stumble={stumble(answer.error)} />}
      <dl className="facts pair-facts">
        <dt>Code</dt>
        <dd className="pair-code">{codeText(pairing.user_code)}</dd>
        <dt>Screen</dt>
        <dd>{pairing.device_name}</dd>
        {pairing.address_hint !== "" && (
          <>
            <dt>Asks from</dt>
            <dd>{pairing.address_hint}</dd>
          </>
        )}
      </dl>
      <div className="form-actions">
        <Button look="primary" disabled={answer.isPending} onClick={() => answer.mutate("approve")}>
          Yes, connect it
        </Button>
        <Button look="danger" disabled={answer.isPending} onClick={() => answer.mutate("deny")}>
          No, decline
        </Button>
        <button type="button" className="text-link" onClick={onBack}>
          Another code
        </button>
      </div>
    </FormFrame>
  );
}

/** Where the owner of an account approves a screen that shows a code. */
export function PairPage() {
  usePageTitle("Connect a television");
  useSpatialNavigation();
  const [search, setSearch] = useSearchParams();
  const code = codeText(search.get("code") ?? search.get("user_code") ?? "");
  const pairing = useQuery({ queryKey: keys.pairing(code), queryFn: ({ signal }) => getPairing(code, signal), enabled: code !== "", retry: false, staleTime: 0 });
  const forget = () => setSearch({}, { replace: true });
  const refused = pairing.error instanceof ApiProblem && pairing.error.kind === "refused";
  if (code === "" || refused) {
    return <Enter key={code} error={code === "" ? null : pairing.error} onCode={(typed) => setSearch({ code: typed }, { replace: true })} />;
  }
  if (pairing.data !== undefined) return <Approve pairing={pairing.data} onBack={forget} />;
  if (pairing.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={pairing.error} level={1} onRetry={() => void pairing.refetch()} />
      </div>
    );
  }
  return (
    <div className="page page-beamed" aria-busy="true">
      <h1 tabIndex={-1} className="visually-hidden">
        Looking for the code
      </h1>
    </div>
  );
}
