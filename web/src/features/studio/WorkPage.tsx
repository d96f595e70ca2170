import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { keys } from "@/api/queries";
import { listJobs } from "@/api/studio";
import type { JobView } from "@/api/types";
import { bytesText } from "@/ui/format";
import { usePageTitle } from "@/ui/page";
import { Chip, LinkButton, Meter, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { fractionOf, isOver, isWatchable, sentenceOf, stageOf, stageWords } from "./model";
import { UploadArea } from "./UploadArea";

function JobLine({ job }: { job: JobView }) {
  const stage = stageOf(job);
  const { label, look } = stageWords(stage);
  return (
    <li className="job-line" data-testid="job" data-job={job.job_id} data-stage={stage}>
      <div className="job-words">
        <Link className="file-name job-link" to={`/studio/jobs/${job.job_id}`}>
          {job.source_name}
        </Link>
        <span className="upload-facts">
          {bytesText(job.size_bytes)} · {sentenceOf(job)}
        </span>
      </div>
      <Chip look={look}>{label}</Chip>
      {!isOver(stage) && <Meter label={`Progress of ${job.source_name}`} fraction={fractionOf(job)} />}
      {isWatchable(job) && (
        <div className="line-actions">
          <LinkButton small look="primary" icon="play" to={`/watch/${job.title_id}`}>
            Watch now<span className="visually-hidden">: {job.source_name}</span>
          </LinkButton>
        </div>
      )}
    </li>
  );
}

function Jobs() {
  const jobs = useQuery({ queryKey: keys.jobs, queryFn: async ({ signal }) => (await listJobs(null, signal)).items });
  if (jobs.isError && jobs.data === undefined) return <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />;
  if (jobs.data === undefined) return <Skeleton className="line-skeleton" />;
  if (jobs.data.length === 0) return <p className="empty">No jobs yet. The first film you drop above starts one.</p>;
  return (
    <ul className="job-list">
      {jobs.data.map((job) => (
        <JobLine key={job.job_id} job={job} />
      ))}
    </ul>
  );
}

/** The studio's first page: bring films in, and see what becomes of them. */
export function WorkPage() {
  usePageTitle("Studio");
  return (
    <>
      <h1 tabIndex={-1}>Studio</h1>
      <UploadArea titleId={null} prompt="Drop films here" />
      <section className="studio-section" aria-labelledby="jobs-heading">
        <h2 id="jobs-heading">Jobs</h2>
        <Jobs />
      </section>
    </>
  );
}
