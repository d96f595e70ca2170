import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { confirmTotp, newRecoveryCodes, removeTotp, startTotp, type TotpSecret } from "@/api/account";
import { keys } from "@/api/queries";
import { useConfirmed } from "@/session/confirmContext";
import { TextField } from "@/ui/Field";
import { Button, Chip, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";
import { QrCode } from "@/ui/QrCode";

import { RecoveryCodes } from "./RecoveryCodes";

type Stage = { kind: "rest" } | { kind: "setup"; secret: TotpSecret } | { kind: "codes"; codes: string[] } | { kind: "removing" };

function inFours(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(" ") ?? secret;
}

function Setup({ secret, onCodes, onClose }: { secret: TotpSecret; onCodes: (codes: string[]) => void; onClose: () => void }) {
  const [code, setCode] = useState("");
  const check = useMutation({ mutationFn: () => confirmTotp(code.replaceAll(/\s/g, "")), onSuccess: (answer) => onCodes(answer.recovery_codes) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    check.mutate();
  };
  return (
    <div className="totp-setup">
      <QrCode svg={secret.qr_svg} label="The secret for the authenticator app, as a QR code" />
      <form className="form" onSubmit={submit}>
        <p className="panel-lead">Point an authenticator app at the picture, or type the secret into it. Then enter the code that it shows.</p>
        <p>
          Secret: <span className="secret">{inFours(secret.secret)}</span>
        </p>
        <TextField label="Code of the app" kind="code" autoComplete="one-time-code" value={code} onChange={setCode} maxLength={10} error={check.isError ? tell(check.error).sentence : null} required autoFocus />
        <div className="form-actions">
          <Button type="submit" look="primary" disabled={check.isPending}>
            Turn it on
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </div>
  );
}

/** The second step: a code of an app after the password, and ten codes for when the app is lost. */
export function TotpPart({ on }: { on: boolean }) {
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const [stage, setStage] = useState<Stage>({ kind: "rest" });
  const rest = () => setStage({ kind: "rest" });
  const refresh = () => client.invalidateQueries({ queryKey: keys.member });
  const begin = useMutation({ mutationFn: () => confirmed(startTotp), onSuccess: (secret) => setStage({ kind: "setup", secret }) });
  const remake = useMutation({ mutationFn: () => confirmed(newRecoveryCodes), onSuccess: (answer) => setStage({ kind: "codes", codes: answer.recovery_codes }) });
  const removal = useMutation({ mutationFn: () => confirmed(removeTotp), onSuccess: refresh, onSettled: rest });
  const failed = begin.error ?? remake.error ?? removal.error;
  return (
    <section className="panel" aria-labelledby="second-step">
      <div className="panel-head">
        <h2 id="second-step">Second step</h2>
        <Chip look={on ? "good" : "plain"}>{on ? "On" : "Off"}</Chip>
      </div>
      <p className="panel-lead">After the password, a code from an authenticator app on your phone.</p>
      <div role="alert">{failed !== null && <p className="field-error">{tell(failed).sentence}</p>}</div>
      {stage.kind === "setup" && (
        <Setup
          secret={stage.secret}
          onClose={rest}
          onCodes={(codes) => {
            setStage({ kind: "codes", codes });
            void refresh();
          }}
        />
      )}
      {stage.kind === "codes" && <RecoveryCodes codes={stage.codes} onDone={rest} />}
      {stage.kind !== "setup" && stage.kind !== "codes" && (
        <div className="form-actions">
          {!on && (
            <Button look="primary" disabled={begin.isPending} onClick={() => begin.mutate()}>
              Add an authenticator app
            </Button>
          )}
          {on && (
            <>
              <Button look="quiet" disabled={remake.isPending} onClick={() => remake.mutate()}>
                New recovery codes
              </Button>
              <Button look="danger" onClick={() => setStage({ kind: "removing" })}>
                Turn it off
              </Button>
            </>
          )}
        </div>
      )}
      {stage.kind === "removing" && (
        <Dialog title="Turn the second step off?" onClose={rest}>
          <p>The password alone will do from then on, and the recovery codes stop working.</p>
          <div className="dialog-actions">
            <Button look="quiet" onClick={rest}>
              Keep it
            </Button>
            <Button look="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
              Turn it off
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
