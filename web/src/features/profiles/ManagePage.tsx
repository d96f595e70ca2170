import "./profiles.css";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { changeProfile, deleteProfile, makeProfile } from "@/api/account";
import { keys } from "@/api/queries";
import type { ProfileView, SessionView } from "@/api/session";
import { useConfirmed } from "@/session/confirmContext";
import { useSession } from "@/session/useSession";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Dialog, LinkButton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { changeOf, draftOf, freshDraft, MATURITIES, MOST_PROFILES, type Draft } from "./model";
import { ProfileForm } from "./ProfileForm";

type Editing = { kind: "none" } | { kind: "new" } | { kind: "old"; profile: ProfileView };

function facts(profile: ProfileView): string {
  const limit = MATURITIES.find(([value]) => Number(value) === profile.maturity)?.[1] ?? `${profile.maturity} and up`;
  return [limit, profile.has_pin ? "PIN" : null].filter((part) => part !== null).join(" · ");
}

function DeleteDialog({ profile, onClose, onDone }: { profile: ProfileView; onClose: () => void; onDone: () => void }) {
  const confirmed = useConfirmed();
  const removal = useMutation({ mutationFn: () => confirmed(() => deleteProfile(profile.profile_id)), onSuccess: onDone });
  return (
    <Dialog title={`Delete ${profile.name}?`} onClose={onClose}>
      <p>What {profile.name} has watched and kept goes with it, for good.</p>
      <div role="alert">{removal.isError && <p className="field-error">{tell(removal.error).sentence}</p>}</div>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          Keep it
        </Button>
        <Button look="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
          Delete for good
        </Button>
      </div>
    </Dialog>
  );
}

function Editor({ session, profile, onClose }: { session: SessionView; profile: ProfileView | null; onClose: () => void }) {
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const [deleting, setDeleting] = useState(false);
  const done = async () => {
    await client.invalidateQueries({ queryKey: keys.member });
    await client.invalidateQueries({ queryKey: keys.browse });
    onClose();
  };
  const save = useMutation({
    mutationFn: (draft: Draft) => confirmed(() => (profile === null ? makeProfile(changeOf(draft, null)) : changeProfile(profile.profile_id, changeOf(draft, profile)))),
    onSuccess: done,
  });
  const first = profile === null ? freshDraft(session.profiles, session.account?.language ?? "en") : draftOf(profile);
  const deletable = profile !== null && session.profiles.length > 1 && profile.profile_id !== session.profile?.profile_id;
  return (
    <section className="panel" aria-label={profile === null ? "New profile" : `Profile of ${profile.name}`}>
      <h2>{profile === null ? "Somebody new" : profile.name}</h2>
      <ProfileForm first={first} before={profile} error={save.error} busy={save.isPending} onSave={(draft) => save.mutate(draft)} onCancel={onClose} onDelete={deletable ? () => setDeleting(true) : undefined} />
      {deleting && profile !== null && <DeleteDialog profile={profile} onClose={() => setDeleting(false)} onDone={() => void done()} />}
    </section>
  );
}

function List({ session, onEdit }: { session: SessionView; onEdit: (editing: Editing) => void }) {
  return (
    <ul className="faces faces-manage">
      {session.profiles.map((profile) => (
        <li key={profile.profile_id}>
          <button type="button" className="face" onClick={() => onEdit({ kind: "old", profile })}>
            <span className="face-picture">
              <Avatar name={profile.avatar} />
              <span className="face-pencil">
                <Icon name="pencil" />
              </span>
            </span>
            <span className="face-name">
              <span className="visually-hidden">Change </span>
              {profile.name}
            </span>
            <span className="face-facts">{facts(profile)}</span>
            {profile.kids && <Chip look="beam">Kids</Chip>}
          </button>
        </li>
      ))}
      {session.profiles.length < MOST_PROFILES && (
        <li>
          <button type="button" className="face" onClick={() => onEdit({ kind: "new" })}>
            <span className="face-add">
              <Icon name="plus" />
            </span>
            <span className="face-name">Add a profile</span>
          </button>
        </li>
      )}
    </ul>
  );
}

function Profiles() {
  const session = useSession();
  const [editing, setEditing] = useState<Editing>({ kind: "none" });
  const close = () => setEditing({ kind: "none" });
  if (session.data === undefined) return null;
  if (editing.kind === "none") return <List session={session.data} onEdit={setEditing} />;
  return <Editor session={session.data} profile={editing.kind === "old" ? editing.profile : null} onClose={close} />;
}

/** Profiles as a page of the account. */
export function ProfilesSection() {
  usePageTitle("Profiles");
  return (
    <>
      <h1 tabIndex={-1}>Profiles</h1>
      <Profiles />
    </>
  );
}

/** Profiles on a page of their own, next to the gate. */
export function ManagePage() {
  usePageTitle("Manage profiles");
  useSpatialNavigation();
  return (
    <div className="page manage">
      <h1 tabIndex={-1}>Manage profiles</h1>
      <Profiles />
      <LinkButton to="/profiles" look="primary" className="manage-done">
        Done
      </LinkButton>
    </div>
  );
}
