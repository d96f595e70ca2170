import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { eraseAccount, EXPORT_PATH } from "@/api/account";
import { useConfirmed } from "@/session/confirmContext";
import { forgetSession } from "@/session/useSession";
import { TextField } from "@/ui/Field";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Button, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { ERASE_WORD, isEraseWord } from "./model";

function EraseDialog({ onClose }: { onClose: () => void }) {
  const confirmed = useConfirmed();
  const [word, setWord] = useState("");
  const [password, setPassword] = useState("");
  const erasing = useMutation({
    mutationFn: () => confirmed(() => eraseAccount({ password })),
    onSuccess: forgetSession,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isEraseWord(word)) erasing.mutate();
  };
  return (
    <Dialog title="Erase the account?" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p>Profiles, history and everything else of this account go for good. A running plan ends now. Invoices stay as long as the law wants them. Nobody can undo this.</p>
        <TextField label={`Write “${ERASE_WORD}” to go on`} value={word} onChange={setWord} autoComplete="off" required autoFocus />
        <TextField label="Your password" kind="password" autoComplete="current-password" value={password} onChange={setPassword} error={erasing.isError ? tell(erasing.error).sentence : null} required />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Keep the account
          </Button>
          <Button look="danger" type="submit" disabled={!isEraseWord(word) || erasing.isPending}>
            {erasing.isPending ? "Erasing…" : "Erase for good"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export type DataFile = { href: string; label: string; file: string };

const ACCOUNT_FILE: DataFile = { href: EXPORT_PATH, label: "Account, profiles, devices, activity", file: "matinee-account.json" };

/** Taking one's data along, and having it erased. `files` are the parts that other features keep. */
export function DataPage({ files }: { files: readonly DataFile[] }) {
  usePageTitle("Your data");
  const [asking, setAsking] = useState(false);
  return (
    <>
      <h1 tabIndex={-1}>Your data</h1>
      <section className="panel" aria-labelledby="export">
        <h2 id="export">Take it along</h2>
        <p className="panel-lead">Everything that this house keeps about you, as files that other programs can read (JSON).</p>
        <ul className="lines">
          {[ACCOUNT_FILE, ...files].map((part) => (
            <li key={part.href}>
              <div className="line-words">
                <strong>{part.label}</strong>
              </div>
              <a className="button button-quiet button-small" href={part.href} download={part.file}>
                <Icon name="download" />
                Download<span className="visually-hidden">: {part.label}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section className="panel" aria-labelledby="erase">
        <h2 id="erase">Erase it</h2>
        <p className="panel-lead">Ends the account and removes what belongs to it. Take your data along first, if you want it.</p>
        <div>
          <Button look="danger" onClick={() => setAsking(true)}>
            Erase the account
          </Button>
        </div>
      </section>
      {asking && <EraseDialog onClose={() => setAsking(false)} />}
    </>
  );
}
