import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { addPasskey, listPasskeys, passkeyOptions, removePasskey, renamePasskey, type Passkey } from "@/api/account";
import { keys } from "@/api/queries";
import { useConfirmed } from "@/session/confirmContext";
import { isDeclined, makePasskey, passkeysPossible } from "@/session/webauthn";
import { TextField } from "@/ui/Field";
import { Button, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { agoText, dateText } from "./model";

function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: keys.passkeys });
    await client.invalidateQueries({ queryKey: keys.member });
  };
}

function words(error: unknown): string {
  if (error instanceof DOMException && error.name === "InvalidStateError") return "This device has a passkey of yours already.";
  return isDeclined(error) ? "No passkey was made. Try again when you are ready." : tell(error).sentence;
}

type NameProps = { title: string; first: string; save: (name: string) => Promise<void>; onClose: () => void };

function NameDialog({ title, first, save, onClose }: NameProps) {
  const [name, setName] = useState(first);
  const saving = useMutation({ mutationFn: () => save(name.trim()), onSuccess: onClose });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    saving.mutate();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField label="Name" value={name} onChange={setName} autoComplete="off" maxLength={60} hint="So that you know it again, for instance “Phone”." error={saving.isError ? words(saving.error) : null} required autoFocus />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={saving.isPending}>
            Go on
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Line({ passkey, nowMs }: { passkey: Passkey; nowMs: number }) {
  const refresh = useRefresh();
  const confirmed = useConfirmed();
  const [renaming, setRenaming] = useState(false);
  const removal = useMutation({ mutationFn: () => confirmed(() => removePasskey(passkey.passkey_id)), onSuccess: refresh });
  const rename = async (name: string) => {
    await renamePasskey(passkey.passkey_id, name);
    await refresh();
  };
  return (
    <li data-testid="passkey">
      <div className="line-words">
        <strong>{passkey.name}</strong>
        <span>
          Made {dateText(passkey.created_at)} · {passkey.last_used_at === null ? "not used yet" : `used ${agoText(passkey.last_used_at, nowMs)}`}
        </span>
        {removal.isError && <p className="field-error">{tell(removal.error).sentence}</p>}
      </div>
      <div className="line-actions">
        <Button small look="quiet" onClick={() => setRenaming(true)}>
          Rename<span className="visually-hidden"> {passkey.name}</span>
        </Button>
        <Button small look="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
          Remove<span className="visually-hidden"> {passkey.name}</span>
        </Button>
      </div>
      {renaming && <NameDialog title="Name this passkey" first={passkey.name} save={rename} onClose={() => setRenaming(false)} />}
    </li>
  );
}

/** Passkeys: signing in with a fingerprint, a face or a key of the device. */
export function PasskeysPart() {
  const refresh = useRefresh();
  const confirmed = useConfirmed();
  const [adding, setAdding] = useState(false);
  const passkeys = useQuery({ queryKey: keys.passkeys, queryFn: ({ signal }) => listPasskeys(signal) });
  const items = passkeys.data?.items ?? [];
  const make = async (name: string) => {
    const credential = await makePasskey(await confirmed(passkeyOptions));
    await confirmed(() => addPasskey(name, credential));
    await refresh();
  };
  return (
    <section className="panel" aria-labelledby="passkeys">
      <div className="panel-head">
        <h2 id="passkeys">Passkeys</h2>
        {passkeysPossible() && (
          <Button small look="primary" icon="plus" onClick={() => setAdding(true)}>
            Add a passkey
          </Button>
        )}
      </div>
      <p className="panel-lead">A fingerprint, a face or the device’s own code instead of a password. A passkey works on this site only, so nobody can trick you into giving it away.</p>
      {!passkeysPossible() && <p className="field-hint">This browser, or a connection without HTTPS, has no passkeys.</p>}
      {passkeys.isError && <p className="field-error">{tell(passkeys.error).sentence}</p>}
      {items.length > 0 && (
        <ul className="lines">
          {items.map((passkey) => (
            <Line key={passkey.passkey_id} passkey={passkey} nowMs={passkeys.dataUpdatedAt} />
          ))}
        </ul>
      )}
      {adding && <NameDialog title="Add a passkey" first="" save={make} onClose={() => setAdding(false)} />}
    </section>
  );
}
