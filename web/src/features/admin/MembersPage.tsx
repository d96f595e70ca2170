import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState, type SyntheticEvent } from "react";
import { Link, useNavigate } from "react-router";

import { createAccount, listAccounts, type StaffAccount } from "@/api/admin";
import type { AccountRole } from "@/api/session";
import { useSession } from "@/session/useSession";
import { shortDayText } from "@/ui/dates";
import { ChoiceField, TextField } from "@/ui/Field";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Dialog, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { isSenior, roleName, ROLES, stateChip } from "./model";

function Line({ account }: { account: StaffAccount }) {
  const state = stateChip(account);
  return (
    <li data-testid="member">
      <div className="line-words">
        <strong>
          <Link to={`/admin/members/${account.account_id}`}>{account.email}</Link>
        </strong>
        <span>
          {account.name === "" ? "No name" : account.name} · since {shortDayText(account.created_at)}
        </span>
      </div>
      <div className="line-actions">
        {account.role !== "member" && <Chip look="beam">{roleName(account.role)}</Chip>}
        <Chip look={state.look}>{state.words}</Chip>
      </div>
    </li>
  );
}

function NewAccount({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<string>("member");
  const navigate = useNavigate();
  const client = useQueryClient();
  const making = useMutation({
    mutationFn: () => createAccount({ email: email.trim(), name: name.trim(), role: role as AccountRole }),
    onSuccess: async (account) => {
      await client.invalidateQueries({ queryKey: adminKeys.allAccounts });
      await navigate(`/admin/members/${account.account_id}`);
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <Dialog title="New account" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField label="E-mail" kind="email" autoComplete="off" value={email} onChange={setEmail} maxLength={254} error={making.isError ? tell(making.error).sentence : null} hint="A link to choose a password goes there." required autoFocus />
        <TextField label="Name" autoComplete="off" value={name} onChange={setName} maxLength={100} />
        <ChoiceField label="Role" value={role} onChange={setRole} options={ROLES} />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={making.isPending}>
            Make it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Found({ q, role }: { q: string; role: string }) {
  const accounts = useInfiniteQuery({
    queryKey: adminKeys.accounts(q, role),
    queryFn: ({ pageParam, signal }) => listAccounts(q, role, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  const items = accounts.data?.pages.flatMap((page) => page.items) ?? [];
  if (accounts.isError) return <ProblemNotice error={accounts.error} onRetry={() => void accounts.refetch()} />;
  return (
    <section className="panel" aria-label="Accounts">
      {accounts.isPending && <Skeleton className="line-skeleton" />}
      {accounts.data !== undefined && items.length === 0 && <p className="panel-lead">{q === "" && role === "" ? "Nobody has joined yet." : "Nobody matches that."}</p>}
      <ul className="lines">
        {items.map((account) => (
          <Line key={account.account_id} account={account} />
        ))}
      </ul>
      {accounts.hasNextPage && (
        <div>
          <Button look="quiet" disabled={accounts.isFetchingNextPage} onClick={() => void accounts.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </section>
  );
}

/** Everybody who has an account. */
export function MembersPage() {
  usePageTitle("Members");
  const session = useSession();
  const [q, setQ] = useState("");
  const [role, setRole] = useState("");
  const [making, setMaking] = useState<"making" | "no">("no");
  const deferred = useDeferredValue(q.trim());
  return (
    <>
      <div className="office-head">
        <h1 tabIndex={-1}>Members</h1>
        {isSenior(session.data) && (
          <Button look="primary" icon="plus" onClick={() => setMaking("making")}>
            New account
          </Button>
        )}
      </div>
      <div className="office-search" role="search">
        <TextField label="Find by e-mail or name" value={q} onChange={setQ} autoComplete="off" maxLength={200} />
        <ChoiceField label="Role" value={role} onChange={setRole} options={[["", "All"], ...ROLES]} />
      </div>
      <Found q={deferred} role={role} />
      {making === "making" && <NewAccount onClose={() => setMaking("no")} />}
    </>
  );
}
