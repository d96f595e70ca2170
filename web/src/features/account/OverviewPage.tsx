import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ComponentType, type SyntheticEvent } from "react";
import { Link } from "react-router";

import { changeAccount, listDevices } from "@/api/account";
import { keys } from "@/api/queries";
import type { AccountView, SessionView } from "@/api/session";
import { useSession } from "@/session/useSession";
import { Avatar } from "@/ui/Avatar";
import { ChoiceField, FormProblem, TextField } from "@/ui/Field";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, LinkButton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { territories, territoryName } from "./model";

function DetailsForm({ account, onDone }: { account: AccountView; onDone: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(account.name);
  const [territory, setTerritory] = useState(account.territory);
  const save = useMutation({
    mutationFn: () => changeAccount({ name: name.trim(), territory }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.member });
      onDone();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      {save.isError && <FormProblem title={tell(save.error).title}>{<p>{tell(save.error).sentence}</p>}</FormProblem>}
      <TextField label="Name" name="name" autoComplete="name" value={name} onChange={setName} maxLength={100} required autoFocus />
      <ChoiceField label="Where you live" autoComplete="country" value={territory} onChange={setTerritory} options={territories(account.territory)} hint="Tax, and what may be shown, depend on it." />
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={save.isPending}>
          Save
        </Button>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function Details({ account }: { account: AccountView }) {
  const [editing, setEditing] = useState(false);
  return (
    <section className="panel" aria-labelledby="details">
      <div className="panel-head">
        <h2 id="details">You</h2>
        {!editing && (
          <Button small look="quiet" icon="pencil" onClick={() => setEditing(true)}>
            Change
          </Button>
        )}
      </div>
      {editing ? (
        <DetailsForm account={account} onDone={() => setEditing(false)} />
      ) : (
        <dl className="facts">
          <dt>Name</dt>
          <dd>{account.name === "" ? "—" : account.name}</dd>
          <dt>E-mail</dt>
          <dd>
            {account.email} {!account.verified && <Chip look="warn">Not confirmed</Chip>}
          </dd>
          <dt>Lives in</dt>
          <dd>{territoryName(account.territory)}</dd>
        </dl>
      )}
    </section>
  );
}

function Household({ session }: { session: SessionView }) {
  return (
    <section className="panel" aria-labelledby="household">
      <h2 id="household">Profiles</h2>
      <ul className="household">
        {session.profiles.map((profile) => (
          <li key={profile.profile_id}>
            <Avatar name={profile.avatar} />
            <span className="visually-hidden">{profile.name}</span>
          </li>
        ))}
      </ul>
      <div>
        <LinkButton to="/account/profiles" look="quiet" small>
          Manage profiles
        </LinkButton>
      </div>
    </section>
  );
}

function Safety({ session }: { session: SessionView }) {
  const { methods } = session;
  const devices = useQuery({ queryKey: keys.devices, queryFn: ({ signal }) => listDevices(signal) });
  const count = devices.data?.items.length;
  const strong = methods.totp || methods.passkeys > 0;
  return (
    <section className="panel" aria-labelledby="safety">
      <div className="panel-head">
        <h2 id="safety">Security</h2>
        <Chip look={strong ? "good" : "warn"}>{strong ? "Well protected" : "Password only"}</Chip>
      </div>
      <dl className="facts">
        <dt>Second step</dt>
        <dd>{methods.totp ? "Authenticator app" : "None"}</dd>
        <dt>Passkeys</dt>
        <dd>{methods.passkeys}</dd>
        <dt>Devices</dt>
        <dd>{count === undefined ? "…" : <Link to="/account/devices">{count === 1 ? "This one" : `${count} signed in`}</Link>}</dd>
      </dl>
      <div>
        <LinkButton to="/account/security" look="quiet" small>
          Security settings
        </LinkButton>
      </div>
    </section>
  );
}

/** The account at a glance. `cards` come from other features. */
export function OverviewPage({ cards }: { cards: readonly ComponentType[] }) {
  usePageTitle("Account");
  const session = useSession();
  const account = session.data?.account;
  if (session.data === undefined || account === null || account === undefined) return null;
  return (
    <>
      <h1 tabIndex={-1}>Account</h1>
      <div className="account-cards">
        <Details account={account} />
        {cards.map((Card, index) => (
          <Card key={index} />
        ))}
        <Household session={session.data} />
        <Safety session={session.data} />
      </div>
    </>
  );
}
