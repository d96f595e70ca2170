import { useState } from "react";

import type { ChunkProgress, RenditionProgress } from "@/api/types";

import { countChunks, countsText, renditionName } from "./model";

const WORDS = { waiting: "waiting", running: "being made", done: "done", failed: "failed" } as const;

function describe(rendition: RenditionProgress, index: number, chunk: ChunkProgress): string {
  const span = `${chunk.start_seconds.toFixed(1)}–${chunk.end_seconds.toFixed(1)} s`;
  const again = chunk.attempts > 1 ? `, attempt ${chunk.attempts}` : "";
  return `${renditionName(rendition)}, chunk ${index + 1} (${span}): ${WORDS[chunk.state]}${again}`;
}

type LaneProps = { rendition: RenditionProgress; onPoint: (words: string | null) => void };

function Lane({ rendition, onPoint }: LaneProps) {
  const counts = countChunks(rendition);
  return (
    <li className="lane">
      <span className="lane-name">
        {renditionName(rendition)}
        <span className="lane-count">
          {counts.done}/{counts.all}
        </span>
      </span>
      <div className="lane-cells" role="img" aria-label={`${renditionName(rendition)}: ${countsText(counts)}`} onPointerLeave={() => onPoint(null)}>
        {rendition.chunks.map((chunk, index) => (
          <span
            key={chunk.start_seconds}
            className={`cell cell-${chunk.state}${chunk.attempts > 1 ? " cell-again" : ""}`}
            style={{ flexGrow: Math.max(0.2, chunk.end_seconds - chunk.start_seconds) }}
            onPointerEnter={() => onPoint(describe(rendition, index, chunk))}
          />
        ))}
      </div>
    </li>
  );
}

/** The film from left to right, its qualities from top to bottom; every cell is one piece of work. */
export function ChunkGrid({ renditions }: { renditions: readonly RenditionProgress[] }) {
  const [pointed, setPointed] = useState<string | null>(null);
  if (renditions.length === 0) return <p className="empty">The plan is being made; the grid appears when the chunks are known.</p>;
  return (
    <figure className="chunk-grid" data-testid="chunk-grid">
      <ol>
        {renditions.map((rendition) => (
          <Lane key={rendition.name} rendition={rendition} onPoint={setPointed} />
        ))}
      </ol>
      <figcaption>
        <span className="legend">
          {(["waiting", "running", "done", "failed"] as const).map((state) => (
            <span key={state} className="legend-item">
              <span className={`cell cell-${state}`} aria-hidden="true" /> {WORDS[state]}
            </span>
          ))}
        </span>
        <span className="pointed">{pointed ?? ""}</span>
      </figcaption>
    </figure>
  );
}
