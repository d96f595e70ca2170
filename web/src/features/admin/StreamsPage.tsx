import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";

import { listStreams, stopStream, type StaffStream } from "@/api/admin";
import { momentText } from "@/ui/dates";
import { usePageTitle } from "@/ui/page";
import { Button, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { placeText } from "./model";

const LOOK_AGAIN_MS = 5_000;

function Line({ stream, whose }: { stream: StaffStream; whose: "shown" | "known" }) {
  const client = useQueryClient();
  const stopping = useMutation({ mutationFn: () => stopStream(stream.session_id), onSettled: () => client.invalidateQueries({ queryKey: adminKeys.allStreams }) });
  return (
    <li data-testid="stream">
      <div className="line-words">
        <strong>{stream.title_name}</strong>
        <span>
          At {placeText(stream.position_seconds)} · since {momentText(stream.started_at)} · {stream.user_agent}
          {whose === "shown" && stream.account_id !== "" && (
            <>
              {" · "}
              <Link to={`/admin/members/${stream.account_id}`}>whose</Link>
            </>
          )}
        </span>
        {stopping.isError && <p className="field-error">{tell(stopping.error).sentence}</p>}
      </div>
      <div className="line-actions">
        <Button small look="danger" disabled={stopping.isPending || stopping.isSuccess} onClick={() => stopping.mutate()}>
          {stopping.isSuccess ? "Stopping…" : "Stop"}
          <span className="visually-hidden"> {stream.title_name}</span>
        </Button>
      </div>
    </li>
  );
}

/** What plays now, of one account or of all (empty), with a way to stop each. */
export function Streams({ accountId }: { accountId: string }) {
  const streams = useQuery({ queryKey: adminKeys.streams(accountId), queryFn: ({ signal }) => listStreams(accountId, signal), refetchInterval: LOOK_AGAIN_MS });
  if (streams.isError) return <ProblemNotice error={streams.error} onRetry={() => void streams.refetch()} />;
  if (streams.data === undefined) return <Skeleton className="line-skeleton" />;
  if (streams.data.length === 0) return <p className="panel-lead">Nothing plays right now.</p>;
  return (
    <ul className="lines">
      {streams.data.map((stream) => (
        <Line key={stream.session_id} stream={stream} whose={accountId === "" ? "shown" : "known"} />
      ))}
    </ul>
  );
}

export function StreamsPage() {
  usePageTitle("Streams");
  return (
    <>
      <h1 tabIndex={-1}>Streams</h1>
      <p className="panel-lead">What plays now. The list looks again every few seconds; a stopped stream ends within seconds.</p>
      <section className="panel" aria-label="Streams">
        <Streams accountId="" />
      </section>
    </>
  );
}
