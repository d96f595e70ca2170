import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";

import { getMember, setRole, takeMemberStep, type Member, type MemberStep, type StaffAccount } from "@/api/admin";
import type { AccountRole } from "@/api/session";
import { useSession } from "@/session/useSession";
import { momentText, shortDayText } from "@/ui/dates";
import { ChoiceField } from "@/ui/Field";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Dialog, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { MemberMoney } from "./MemberMoney";
import { factsText, isSenior, ROLE_WORDS, roleName, ROLES, sentence, stateChip } from "./model";
import { Streams } from "./StreamsPage";

function useRefresh(id: string): () => Promise<unknown> {
  const client = useQueryClient();
  return () => Promise.all([client.invalidateQueries({ queryKey: adminKeys.member(id) }), client.invalidateQueries({ queryKey: adminKeys.allAccounts })]);
}

type Step = { step: MemberStep; label: string; title: string; words: string; look: "quiet" | "danger"; done: string };

const SIGN_OUT: Step = { step: "sign-out", label: "Sign out everywhere", title: "Sign this member out everywhere?", words: "Every device stops within seconds. Signing in again works at once.", look: "quiet", done: "Signed out everywhere." };
const RESET: Step = { step: "reset", label: "Send a reset link", title: "Send a link for a new password?", words: "It goes to the member’s own address; you do not see it. The present password works until a new one is chosen.", look: "quiet", done: "The link is on its way." };
const CLOSE: Step = { step: "close", label: "Close the account", title: "Close this account?", words: "Nobody can sign in to it, and all its devices stop. Nothing is erased: it can be reopened.", look: "danger", done: "Closed." };
const REOPEN: Step = { step: "reopen", label: "Reopen the account", title: "Reopen this account?", words: "Its owner can sign in again.", look: "quiet", done: "Open again." };

function StepDialog({ account, step, onClose, onDone }: { account: StaffAccount; step: Step; onClose: () => void; onDone: (words: string) => void }) {
  const refresh = useRefresh(account.account_id);
  const taking = useMutation({
    mutationFn: () => takeMemberStep(account.account_id, step.step),
    onSuccess: async () => {
      await refresh();
      onDone(step.done);
    },
  });
  return (
    <Dialog title={step.title} onClose={onClose}>
      <p className="panel-lead">{account.email}</p>
      <p>{step.words}</p>
      <div role="alert">{taking.isError && <p className="field-error">{tell(taking.error).sentence}</p>}</div>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          No
        </Button>
        <Button look={step.look === "danger" ? "danger" : "primary"} disabled={taking.isPending} onClick={() => taking.mutate()}>
          {step.label}
        </Button>
      </div>
    </Dialog>
  );
}

function RoleDialog({ account, onClose }: { account: StaffAccount; onClose: () => void }) {
  const [role, choose] = useState<string>(account.role);
  const refresh = useRefresh(account.account_id);
  const changing = useMutation({
    mutationFn: () => setRole(account.account_id, role as AccountRole),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <Dialog title="Change the role?" onClose={onClose}>
      <div className="form">
        <p className="panel-lead">{account.email}</p>
        <ChoiceField label="Role" value={role} onChange={choose} options={ROLES} hint={ROLE_WORDS[role]} />
        <p className="field-hint">The member’s devices are signed out, so that the new role counts at once.</p>
        <div role="alert">{changing.isError && <p className="field-error">{tell(changing.error).sentence}</p>}</div>
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Leave it
          </Button>
          <Button look="primary" disabled={role === account.role || changing.isPending} onClick={() => changing.mutate()}>
            Make {roleName(role).toLowerCase()}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Identity({ member, senior }: { member: Member; senior: boolean }) {
  const { account, methods } = member;
  const [asking, setAsking] = useState<Step | "role" | null>(null);
  const [said, setSaid] = useState("");
  const state = stateChip(account);
  const steps = [SIGN_OUT, RESET, ...(senior ? [account.state === "closed" ? REOPEN : CLOSE] : [])];
  const ways = [methods.password ? "password" : null, methods.totp ? "authenticator app" : null, methods.passkeys > 0 ? `${methods.passkeys} ${methods.passkeys === 1 ? "passkey" : "passkeys"}` : null, ...methods.oidc].filter((way) => way !== null);
  return (
    <section className="panel" aria-labelledby="identity">
      <div className="panel-head">
        <h2 id="identity">Account</h2>
        <Chip look={state.look}>{state.words}</Chip>
      </div>
      <dl className="facts">
        <dt>Name</dt>
        <dd>{account.name === "" ? "—" : account.name}</dd>
        <dt>Role</dt>
        <dd>{roleName(account.role)}</dd>
        <dt>Lives in</dt>
        <dd>{account.territory}</dd>
        <dt>Joined</dt>
        <dd>{shortDayText(account.created_at)}</dd>
        <dt>Signs in with</dt>
        <dd>{ways.length === 0 ? "Nothing yet" : ways.join(", ")}</dd>
        <dt>Account id</dt>
        <dd className="mono">{account.account_id}</dd>
      </dl>
      <div role="status">{said !== "" && <p className="form-done">{said}</p>}</div>
      <div className="form-actions">
        {senior && (
          <Button look="quiet" onClick={() => setAsking("role")}>
            Change the role
          </Button>
        )}
        {steps.map((step) => (
          <Button key={step.step} look={step.look} onClick={() => setAsking(step)}>
            {step.label}
          </Button>
        ))}
      </div>
      {asking === "role" && <RoleDialog account={account} onClose={() => setAsking(null)} />}
      {asking !== null && asking !== "role" && (
        <StepDialog
          account={account}
          step={asking}
          onClose={() => setAsking(null)}
          onDone={(words) => {
            setSaid(words);
            setAsking(null);
          }}
        />
      )}
    </section>
  );
}

function Sessions({ member }: { member: Member }) {
  return (
    <section className="panel" aria-labelledby="sessions">
      <h2 id="sessions">Signed in</h2>
      {member.sessions.length === 0 && <p className="panel-lead">Nowhere.</p>}
      <ul className="lines">
        {member.sessions.map((session) => (
          <li key={session.session_id}>
            <div className="line-words">
              <strong>{session.device_name === "" ? session.user_agent_name : session.device_name}</strong>
              <span>
                Last used {momentText(session.last_used_at)} · {session.address_hint} · by {sentence(session.method).toLowerCase()}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Activity({ member }: { member: Member }) {
  return (
    <section className="panel" aria-labelledby="activity">
      <h2 id="activity">Security log</h2>
      {member.activity.length === 0 && <p className="panel-lead">Nothing yet.</p>}
      <ul className="lines">
        {member.activity.map((line, index) => (
          <li key={index}>
            <div className="line-words">
              <strong>{sentence(line.kind)}</strong>
              <span>{[momentText(line.at), factsText(line.facts)].filter((part) => part !== "").join(" · ")}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One member: who, what was paid, where signed in, what plays. */
export function MemberPage() {
  const { id = "" } = useParams();
  const session = useSession();
  const member = useQuery({ queryKey: adminKeys.member(id), queryFn: ({ signal }) => getMember(id, signal) });
  usePageTitle(member.data?.account.email ?? "Member");
  const senior = isSenior(session.data);
  return (
    <>
      <p className="crumb">
        <Link to="/admin/members">Members</Link>
      </p>
      <h1 tabIndex={-1}>{member.data?.account.email ?? "Member"}</h1>
      {member.isError && <ProblemNotice error={member.error} onRetry={() => void member.refetch()} />}
      {member.isPending && <Skeleton className="line-skeleton" />}
      {member.data !== undefined && (
        <>
          <Identity member={member.data} senior={senior} />
          <MemberMoney accountId={id} senior={senior} />
          <section className="panel" aria-labelledby="streams">
            <h2 id="streams">Plays now</h2>
            <Streams accountId={id} />
          </section>
          <Sessions member={member.data} />
          <Activity member={member.data} />
        </>
      )}
    </>
  );
}
