import type { ChunkState, Failure, JobView, OrderProgress, RenditionProgress, Severity, Step, StepTiming } from "@/api/types";

export type Stage = "inspecting" | "refused" | "queued" | "running" | "published" | "failed" | "cancelled";
export type Look = "plain" | "good" | "warn" | "bad" | "busy";

export const STEPS: readonly { step: Step; name: string; does: string }[] = [
  { step: "plan", name: "Plan", does: "Chooses qualities and cuts the film into chunks" },
  { step: "encode", name: "Encode", does: "Makes every chunk in every quality" },
  { step: "audio", name: "Sound", does: "Levels and encodes every sound track" },
  { step: "text", name: "Subtitles", does: "Turns subtitles into WebVTT" },
  { step: "stitch", name: "Stitch", does: "Joins the chunks without seams" },
  { step: "package", name: "Package", does: "Encrypts and packs for streaming" },
  { step: "verify", name: "Verify", does: "Checks every file against the source" },
  { step: "publish", name: "Publish", does: "Puts the film on the programme" },
];

/** Where a job is, over both the rooms that work on it. */
export function stageOf(job: JobView): Stage {
  if (job.state !== "ordered") return job.state;
  return job.order?.state ?? "queued";
}

const STAGES: Record<Stage, { label: string; look: Look }> = {
  inspecting: { label: "Inspecting", look: "busy" },
  refused: { label: "Refused", look: "bad" },
  queued: { label: "Waiting", look: "plain" },
  running: { label: "In the works", look: "busy" },
  published: { label: "Published", look: "good" },
  failed: { label: "Failed", look: "bad" },
  cancelled: { label: "Cancelled", look: "warn" },
};

export function stageWords(stage: Stage): { label: string; look: Look } {
  return STAGES[stage];
}

/** How far a job is, 0 to 1: inspection is a tenth of the way, and the order the rest. */
export function fractionOf(job: JobView): number {
  if (job.state === "inspecting") return job.inspected_fraction * 0.1;
  return job.order === null ? 0.1 : 0.1 + job.order.fraction * 0.9;
}

export function isOver(stage: Stage): boolean {
  return stage === "refused" || stage === "published" || stage === "failed" || stage === "cancelled";
}

/** Whether the film can be watched already, if only in its first quality. */
export function isWatchable(job: JobView): boolean {
  return job.order !== null && (job.order.first_playable_at !== null || job.order.state === "published");
}

/** What is going on, in one sentence. */
export function sentenceOf(job: JobView): string {
  const stage = stageOf(job);
  if (stage === "inspecting") return `Reading the whole film once: ${Math.round(job.inspected_fraction * 100)} %`;
  if (stage === "refused") return job.inspection?.findings.find((finding) => finding.severity === "refusal")?.sentence ?? "The file cannot be used.";
  if (stage === "failed") return job.order?.failure?.sentence ?? job.failure ?? "Something failed on our side.";
  if (stage === "published") return "Every quality is there.";
  if (stage === "cancelled") return "Stopped by an operator.";
  if (stage === "queued") return "Accepted; waiting for a free worker.";
  return runningSentence(job.order);
}

function runningSentence(order: OrderProgress | null): string {
  const open = (order?.steps ?? []).filter((timing) => timing.finished_at === null).map((timing) => stepName(timing.step).toLowerCase());
  const doing = open.length === 0 ? "Between two steps" : `Now: ${open.join(", ")}`;
  return `${doing} · ${Math.round((order?.fraction ?? 0) * 100)} %`;
}

export function stepName(step: Step): string {
  return STEPS.find((known) => known.step === step)?.name ?? step;
}

export type StepRow = { step: Step; name: string; does: string; state: "waiting" | "running" | "done" | "failed"; seconds: number | null };

/** Every step in order with how long it took, or takes until `nowMs`. */
export function stepRows(order: OrderProgress, nowMs: number): StepRow[] {
  const timings = new Map<Step, StepTiming>(order.steps.map((timing) => [timing.step, timing]));
  return STEPS.map(({ step, name, does }) => {
    const timing = timings.get(step);
    if (timing === undefined) return { step, name, does, state: "waiting", seconds: null };
    const end = timing.finished_at === null ? nowMs : Date.parse(timing.finished_at);
    const seconds = Math.max(0, (end - Date.parse(timing.started_at)) / 1000);
    if (timing.finished_at !== null) return { step, name, does, state: "done", seconds };
    const running = order.state === "running" || order.state === "queued";
    return { step, name, does, state: running ? "running" : "failed", seconds: running ? seconds : null };
  });
}

export type ChunkCounts = Record<ChunkState, number> & { all: number };

export function countChunks(rendition: RenditionProgress): ChunkCounts {
  const counts: ChunkCounts = { waiting: 0, running: 0, done: 0, failed: 0, all: rendition.chunks.length };
  for (const chunk of rendition.chunks) counts[chunk.state] += 1;
  return counts;
}

/** Say a rendition's chunks in words, leaving out what there is none of. */
export function countsText(counts: ChunkCounts): string {
  const parts = (["done", "running", "failed", "waiting"] as const).filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return `${counts.all} chunks: ${parts.join(", ")}`;
}

export function renditionName(rendition: Pick<RenditionProgress, "height" | "codec">): string {
  return `${rendition.height}p ${rendition.codec === "av1" ? "AV1" : "H.264"}`;
}

/** Where it failed: step, rendition and chunk, as far as known. */
export function failurePlace(failure: Failure): string {
  const parts = [stepName(failure.step), failure.rendition, failure.chunk === null ? null : `chunk ${failure.chunk + 1}`];
  return parts.filter((part) => part !== null).join(" · ");
}

const ORDER: Record<Severity, number> = { refusal: 0, warning: 1, note: 2 };

/** Findings, gravest first. */
export function bySeverity<T extends { severity: Severity }>(findings: readonly T[]): T[] {
  return [...findings].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

export const SEVERITIES: Record<Severity, { label: string; look: Look }> = {
  refusal: { label: "Refusal", look: "bad" },
  warning: { label: "Warning", look: "warn" },
  note: { label: "Note", look: "plain" },
};
