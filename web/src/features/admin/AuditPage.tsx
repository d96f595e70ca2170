import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { listAudit, type AuditLine } from "@/api/admin";
import { momentText } from "@/ui/dates";
import { ChoiceField } from "@/ui/Field";
import { usePageTitle } from "@/ui/page";
import { Button, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { factsText, roleName, sentence } from "./model";

type What = "accounts" | "money";

function Line({ line, what }: { line: AuditLine; what: What }) {
  const facts = factsText(line.facts);
  return (
    <li data-testid="audit">
      <div className="line-words">
        <strong>{sentence(line.action)}</strong>
        <span>
          {momentText(line.at)} · {roleName(line.role)} {line.actor === line.role ? "" : line.actor} · from {line.address === "" ? "this machine" : line.address}
          {facts === "" ? "" : ` · ${facts}`}
        </span>
      </div>
      {line.subject !== "" && <span className="mono audit-subject">{what === "accounts" ? <Link to={`/admin/members/${line.subject}`}>{line.subject}</Link> : line.subject}</span>}
    </li>
  );
}

function Lines({ what }: { what: What }) {
  const audit = useInfiniteQuery({
    queryKey: adminKeys.audit(what),
    queryFn: ({ pageParam, signal }) => listAudit(what, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const items = audit.data?.pages.flatMap((page) => page.items) ?? [];
  if (audit.isError) return <ProblemNotice error={audit.error} onRetry={() => void audit.refetch()} />;
  return (
    <section className="panel" aria-label="What staff did">
      {audit.isPending && <Skeleton className="line-skeleton" />}
      {audit.data !== undefined && items.length === 0 && <p className="panel-lead">Nobody of the staff did anything yet.</p>}
      <ul className="lines">
        {items.map((line) => (
          <Line key={line.id} line={line} what={what} />
        ))}
      </ul>
      {audit.hasNextPage && (
        <div>
          <Button look="quiet" disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
    </section>
  );
}

/** What staff and the operator did, newest first. Lines are never changed. */
export function AuditPage() {
  usePageTitle("Audit");
  const [what, setWhat] = useState<What>("accounts");
  return (
    <>
      <h1 tabIndex={-1}>Audit</h1>
      <div className="office-search">
        <ChoiceField label="What about" value={what} onChange={(value) => setWhat(value === "money" ? "money" : "accounts")} options={[["accounts", "Members and roles"], ["money", "Plans and money"]]} />
      </div>
      <Lines key={what} what={what} />
    </>
  );
}
