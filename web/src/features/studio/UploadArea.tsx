import { useId, useRef, useState, useSyncExternalStore, type DragEvent } from "react";

import { bytesText, spanText } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { Button, LinkButton, Meter } from "@/ui/primitives";

import { Unfinished } from "./Unfinished";
import { uploads, type UploadRow } from "./uploads";

const ACCEPT = "video/*,.mkv,.mov,.mxf,.ts,.m2ts,.avi,.webm,.mp4,.srt,.vtt,.ass,.ssa";

function sentence(row: UploadRow): string {
  const share = row.totalBytes === 0 ? 0 : Math.floor((row.sentBytes / row.totalBytes) * 100);
  if (row.state === "done") return `${bytesText(row.totalBytes)} sent. Inspection goes on by itself.`;
  if (row.state === "texts") return "Sending subtitles first…";
  if (row.state === "failed") return row.failure ?? "The upload stopped.";
  const sent = `${bytesText(row.sentBytes)} of ${bytesText(row.totalBytes)} · ${share} %`;
  if (row.state === "paused") return `Paused at ${sent}`;
  if (row.bytesPerSecond <= 0) return sent;
  const left = (row.totalBytes - row.sentBytes) / row.bytesPerSecond;
  return `${sent} · ${bytesText(row.bytesPerSecond)}/s · ${spanText(left)} left`;
}

function UploadLine({ row }: { row: UploadRow }) {
  const running = row.state === "sending" || row.state === "texts";
  return (
    <li className="upload-line" data-testid="upload" data-state={row.state}>
      <div className="upload-words">
        <strong className="file-name">{row.name}</strong>
        {row.texts.length > 0 && <span className="upload-texts">with {row.texts.join(", ")}</span>}
        <span className={row.state === "failed" ? "field-error" : "upload-facts"} role={row.state === "failed" ? "alert" : undefined}>
          {row.resumed && running ? "Resumed · " : ""}
          {sentence(row)}
        </span>
      </div>
      <Meter label={`Upload of ${row.name}`} fraction={row.totalBytes === 0 ? 0 : row.sentBytes / row.totalBytes} />
      <div className="line-actions">
        {running && (
          <Button small look="quiet" onClick={() => uploads.pause(row.key)}>
            Pause<span className="visually-hidden"> {row.name}</span>
          </Button>
        )}
        {(row.state === "paused" || row.state === "failed") && (
          <Button small look="primary" onClick={() => uploads.resume(row.key)}>
            Resume<span className="visually-hidden"> {row.name}</span>
          </Button>
        )}
        {row.state !== "done" && (
          <Button small look="danger" onClick={() => void uploads.cancel(row.key)}>
            Cancel<span className="visually-hidden"> {row.name}</span>
          </Button>
        )}
        {row.state === "done" && row.uploadId !== null && (
          <LinkButton small look="primary" to={`/studio/jobs/${row.uploadId}`}>
            Follow the job
          </LinkButton>
        )}
        {row.state === "done" && (
          <Button small look="quiet" onClick={() => uploads.forget(row.key)}>
            Dismiss
          </Button>
        )}
      </div>
    </li>
  );
}

/** Where films come in: drop them, or choose them; subtitles may come along. */
export function UploadArea({ titleId, prompt }: { titleId: string | null; prompt: string }) {
  const rows = useSyncExternalStore(uploads.subscribe, uploads.get);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [over, setOver] = useState<"over" | "away">("away");
  const [av1, setAv1] = useState<"on" | "off">("off");
  const [strays, setStrays] = useState<string[]>([]);
  const take = (files: FileList | null) => {
    if (files !== null && files.length > 0) setStrays(uploads.add(Array.from(files), { titleId, av1: av1 === "on" }));
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver("away");
    take(event.dataTransfer.files);
  };
  const onDragOver = (event: DragEvent) => {
    event.preventDefault();
    setOver("over");
  };
  return (
    <section aria-label="Upload">
      <div className={over === "over" ? "drop drop-over" : "drop"} onDragOver={onDragOver} onDragLeave={() => setOver("away")} onDrop={onDrop} data-testid="drop-zone">
        <Icon name="upload" />
        <div>
          <p className="drop-title">{prompt}</p>
          <p className="field-hint">Films of any common kind, several at once. Subtitles (SRT, VTT, ASS) named after a film, such as film.de.srt, go with it.</p>
        </div>
        <div className="drop-actions">
          <Button look="primary" onClick={() => input.current?.click()}>
            Choose files
          </Button>
          <label className="switch" htmlFor={`${id}-av1`}>
            <input id={`${id}-av1`} type="checkbox" role="switch" checked={av1 === "on"} onChange={(event) => setAv1(event.currentTarget.checked ? "on" : "off")} />
            <span>Also make AV1 (slower, smaller)</span>
          </label>
        </div>
        <input
          ref={input}
          type="file"
          multiple
          accept={ACCEPT}
          className="visually-hidden"
          tabIndex={-1}
          aria-label="Files to upload"
          data-testid="file-input"
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <div role="status">
        {strays.length > 0 && <p className="field-error">No film came with {strays.join(", ")}. Drop subtitles together with their film.</p>}
      </div>
      <Unfinished active={rows} />
      {rows.length > 0 && (
        <ul className="upload-list" aria-label="Uploads">
          {rows.map((row) => (
            <UploadLine key={row.key} row={row} />
          ))}
        </ul>
      )}
    </section>
  );
}
