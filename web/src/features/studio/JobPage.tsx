import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useParams } from "react-router";

import { keys } from "@/api/queries";
import { cancelJob, getJob, retryJob } from "@/api/studio";
import type { Inspection, JobView, OrderProgress, SourceFacts } from "@/api/types";
import { languageName } from "@/player/core/language";
import { bytesText, spanText } from "@/ui/format";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Dialog, LinkButton, Meter, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { ChunkGrid } from "./ChunkGrid";
import { bySeverity, failurePlace, fractionOf, isOver, isWatchable, sentenceOf, SEVERITIES, stageOf, stageWords, stepRows } from "./model";

function factRows(facts: SourceFacts): [string, string][] {
  const { video } = facts;
  const rate = video.rate.numerator / video.rate.denominator;
  const dynamics = { sdr: "SDR", pq: "HDR (PQ)", hlg: "HDR (HLG)" }[video.dynamics];
  const sound = facts.audio.map((track) => `${languageName(track.language)} ${track.codec.toUpperCase()}, ${track.channels} ch`);
  const text = facts.text.map((track) => `${languageName(track.language)}${track.bitmap ? " (pictures)" : ""}`);
  return [
    ["Container", `${facts.container} · ${bytesText(facts.size_bytes)}`],
    ["Length", spanText(facts.duration_seconds)],
    ["Picture", `${video.display_width} × ${video.display_height}, ${video.codec.toUpperCase()}, ${Number(rate.toFixed(3))} frames/s, ${video.bit_depth} bit ${dynamics}`],
    ["Sound", sound.length === 0 ? "none" : sound.join("; ")],
    ["Subtitles", text.length === 0 ? "none inside the file" : text.join("; ")],
  ];
}

function Report({ inspection }: { inspection: Inspection }) {
  return (
    <section className="studio-section" aria-labelledby="report-heading">
      <h2 id="report-heading">Inspection</h2>
      <p className="section-lead">{inspection.accepted ? "Accepted." : "Refused: nothing was made of this file."}</p>
      {inspection.findings.length > 0 && (
        <ul className="findings">
          {bySeverity(inspection.findings).map((finding) => (
            <li key={`${finding.code}-${finding.sentence}`} className={`finding finding-${finding.severity}`}>
              <Chip look={SEVERITIES[finding.severity].look}>{SEVERITIES[finding.severity].label}</Chip>
              <span>{finding.sentence}</span>
            </li>
          ))}
        </ul>
      )}
      {inspection.findings.length === 0 && <p>Nothing to remark.</p>}
      {inspection.facts !== null && (
        <dl className="fact-table">
          {factRows(inspection.facts).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function useNow(running: "running" | "still"): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (running === "still") return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

const STATE_WORDS = { waiting: "Not yet", running: "Running", done: "Done", failed: "Stopped here" } as const;

function Timeline({ order }: { order: OrderProgress }) {
  const now = useNow(order.state === "running" ? "running" : "still");
  return (
    <section className="studio-section" aria-labelledby="steps-heading">
      <h2 id="steps-heading">Steps</h2>
      <ol className="steps">
        {stepRows(order, now).map((row) => (
          <li key={row.step} className={`step step-${row.state}`}>
            <span className="step-name">{row.name}</span>
            <span className="step-does">{row.does}</span>
            <span className="step-state">
              {STATE_WORDS[row.state]}
              {row.seconds === null ? "" : ` · ${spanText(row.seconds)}`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function FailureBox({ job }: { job: JobView }) {
  const failure = job.order?.failure ?? null;
  if (failure === null) return job.failure === null ? null : <p className="failure-box">{job.failure}</p>;
  return (
    <section className="failure-box" aria-labelledby="failure-heading">
      <h2 id="failure-heading">What failed</h2>
      <p>{failure.sentence}</p>
      <p className="field-hint">{failurePlace(failure)}</p>
      {failure.tool_said !== "" && (
        <details open>
          <summary>What the tool said</summary>
          <pre tabIndex={0}>{failure.tool_said}</pre>
        </details>
      )}
    </section>
  );
}

function CancelDialog({ job, onClose, onConfirm }: { job: JobView; onClose: () => void; onConfirm: () => void }) {
  return (
    <Dialog title="Stop this job?" onClose={onClose}>
      <p>“{job.source_name}” will not be finished. Chunks that are done are kept for a while, so a retry is quicker than a new upload.</p>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          Keep going
        </Button>
        <Button look="danger" onClick={onConfirm}>
          Stop the job
        </Button>
      </div>
    </Dialog>
  );
}

function Actions({ job }: { job: JobView }) {
  const client = useQueryClient();
  const stage = stageOf(job);
  const [asking, setAsking] = useState<"asking" | "quiet">("quiet");
  const refresh = () => client.invalidateQueries({ queryKey: keys.job(job.job_id) });
  const cancel = useMutation({ mutationFn: cancelJob, onSettled: refresh });
  const retry = useMutation({ mutationFn: retryJob, onSettled: refresh });
  const error: unknown = cancel.error ?? retry.error;
  return (
    <>
      <div className="line-actions">
        {isWatchable(job) && (
          <LinkButton look="primary" icon="play" to={`/watch/${job.title_id}`}>
            Watch now
          </LinkButton>
        )}
        {(stage === "failed" || stage === "cancelled") && (
          <Button look="primary" disabled={retry.isPending} onClick={() => retry.mutate(job.job_id)}>
            Try again
          </Button>
        )}
        <LinkButton look="quiet" to={`/studio/titles/${job.title_id}`}>
          Edit the title
        </LinkButton>
        {!isOver(stage) && (
          <Button look="danger" onClick={() => setAsking("asking")}>
            Cancel
          </Button>
        )}
      </div>
      <div role="alert">{error !== null && <p className="field-error">{tell(error).sentence}</p>}</div>
      {asking === "asking" && (
        <CancelDialog
          job={job}
          onClose={() => setAsking("quiet")}
          onConfirm={() => {
            cancel.mutate(job.job_id);
            setAsking("quiet");
          }}
        />
      )}
    </>
  );
}

function JobDetail({ job }: { job: JobView }) {
  const stage = stageOf(job);
  const { label, look } = stageWords(stage);
  return (
    <article data-testid="job-page" data-stage={stage}>
      <p className="crumb">
        <Link to="/studio">Uploads and jobs</Link>
      </p>
      <h1 tabIndex={-1} className="file-name job-title">
        {job.source_name}
      </h1>
      <p className="job-summary" role="status">
        <Chip look={look}>{label}</Chip> <span>{sentenceOf(job)}</span>
      </p>
      {!isOver(stage) && <Meter label="Progress" fraction={fractionOf(job)} />}
      <Actions job={job} />
      {stage === "failed" && <FailureBox job={job} />}
      {job.order !== null && (
        <section className="studio-section" aria-labelledby="grid-heading">
          <h2 id="grid-heading">Chunks</h2>
          <ChunkGrid renditions={job.order.renditions} />
        </section>
      )}
      <div className="job-columns">
        {job.order !== null && <Timeline order={job.order} />}
        {job.inspection !== null && <Report inspection={job.inspection} />}
      </div>
    </article>
  );
}

/** One source on its way, live. */
export function JobPage() {
  const { id = "" } = useParams();
  const job = useQuery({ queryKey: keys.job(id), queryFn: ({ signal }) => getJob(id, signal), refetchInterval: 10_000 });
  usePageTitle(job.data?.source_name ?? "Job");
  if (job.data !== undefined) return <JobDetail job={job.data} />;
  if (job.isError) return <ProblemNotice error={job.error} level={1} onRetry={() => void job.refetch()} />;
  return <Skeleton className="line-skeleton" />;
}
