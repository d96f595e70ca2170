import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "react-router";

import { cancelImport, getImport, importKeys } from "@/api/imports";
import { momentText } from "@/ui/dates";
import { usePageTitle } from "@/ui/page";
import { Button, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { ImportResult, isOpen } from "./ImportResult";

const POLL_MS = 700;

/** One import: how far it is, or how it ended. */
export function ImportPage() {
  const { id = "" } = useParams();
  const client = useQueryClient();
  const found = useQuery({
    queryKey: importKeys.one(id),
    queryFn: ({ signal }) => getImport(id, signal),
    refetchInterval: ({ state }) => (state.data === undefined || isOpen(state.data.state) ? POLL_MS : false),
  });
  const cancel = useMutation({ mutationFn: () => cancelImport(id), onSettled: () => client.invalidateQueries({ queryKey: importKeys.all }) });
  usePageTitle(found.data === undefined ? "Import" : `Import of ${found.data.name}`);
  if (found.isError) return <ProblemNotice error={found.error} level={1} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <Skeleton className="line-skeleton" />;
  const view = found.data;
  const words = [view.format.toUpperCase(), `source ${view.source}`, view.encoding, `begun ${momentText(view.created_at)}`].filter((part) => part !== "");
  return (
    <article>
      <p className="crumb">
        <Link to="/studio/imports">Imports</Link>
      </p>
      <div className="heading-line">
        <div>
          <h1 tabIndex={-1} className="job-title">
            {view.name}
          </h1>
          <p className="upload-facts">{words.join(" · ")}</p>
        </div>
        {isOpen(view.state) && (
          <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
      </div>
      <div role="alert">{cancel.isError && <p className="field-error">{tell(cancel.error).sentence}</p>}</div>
      <ImportResult view={view} />
    </article>
  );
}
