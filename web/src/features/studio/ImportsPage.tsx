import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState, type DragEvent, type SyntheticEvent } from "react";
import { Link, useNavigate } from "react-router";

import { beginImport, getImport, importKeys, listImports, type ImportLine, type ImportOptions } from "@/api/imports";
import type { Audience } from "@/api/types";
import { momentText } from "@/ui/dates";
import { bytesText } from "@/ui/format";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { Button, Meter, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { countsText, ImportResult, isOpen, StateChip } from "./ImportResult";
import { TmdbSearch } from "./TmdbSearch";

const POLL_MS = 700;
const ACCEPT = ".csv,.nfo,.tsv,.txt,text/csv";

function ImportRow({ one }: { one: ImportLine }) {
  return (
    <li className="job-line" data-testid="import" data-state={one.state}>
      <div className="job-words">
        <Link className="file-name job-link" to={`/studio/imports/${one.import_id}`}>
          {one.name}
        </Link>
        <span className="upload-facts">
          {one.failure ?? countsText(one)} · {momentText(one.created_at)}
        </span>
      </div>
      <StateChip one={one} />
      {isOpen(one.state) && <Meter label={`Import of ${one.name}`} fraction={one.fraction} />}
    </li>
  );
}

function Earlier() {
  const found = useQuery({
    queryKey: importKeys.list,
    queryFn: ({ signal }) => listImports(signal),
    refetchInterval: ({ state }) => (state.data?.items.some((one) => isOpen(one.state)) === true ? POLL_MS : false),
  });
  if (found.isError) return <ProblemNotice error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <Skeleton className="line-skeleton" />;
  return (
    <>
      <section className="studio-section" aria-labelledby="tmdb-heading">
        <h2 id="tmdb-heading">From TMDB</h2>
        <TmdbSearch available={found.data.tmdb} />
      </section>
      <section className="studio-section" aria-labelledby="earlier-heading">
        <h2 id="earlier-heading">Earlier imports</h2>
        {found.data.items.length === 0 && <p className="empty">None yet.</p>}
        <ul className="job-list">
          {found.data.items.map((one) => (
            <ImportRow key={one.import_id} one={one} />
          ))}
        </ul>
      </section>
    </>
  );
}

type OptionsProps = { options: ImportOptions; onChange: (options: ImportOptions) => void };

function Options({ options, onChange }: OptionsProps) {
  const id = useId();
  const [source, setSource] = useState(options.source);
  // Each change tries the file again, so a name counts when it is written to its end.
  const settle = () => {
    if (source !== options.source) onChange({ ...options, source });
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    settle();
  };
  return (
    <form className="form-row" onSubmit={onSubmit} aria-label="How it is imported">
      <div className="field">
        <label htmlFor={`${id}-audience`}>Audience of new titles</label>
        <select id={`${id}-audience`} value={options.audience} onChange={(event) => onChange({ ...options, audience: event.currentTarget.value as Audience })}>
          <option value="everyone">Everyone</option>
          <option value="members">Members with a plan</option>
          <option value="operators">Operators only</option>
        </select>
      </div>
      <div className="field form-wide">
        <label htmlFor={`${id}-source`}>Name of the list</label>
        <input id={`${id}-source`} value={source} maxLength={40} placeholder="csv" autoCapitalize="none" spellCheck={false} aria-describedby={`${id}-hint`} onChange={(event) => setSource(event.currentTarget.value.toLowerCase().replace(/[^a-z0-9_-]/g, ""))} onBlur={settle} />
        <p className="field-hint" id={`${id}-hint`}>
          The same list again updates its titles. Another list with the same keys needs a name of its own.
        </p>
      </div>
    </form>
  );
}

type TrialProps = { file: File; options: ImportOptions; onOptions: (options: ImportOptions) => void; onDrop: () => void };

/** A file that was dropped: tried first, then taken in. */
function Trial({ file, options, onOptions, onDrop }: TrialProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const trial = useQuery({
    queryKey: [...importKeys.all, "trial", file.name, file.size, file.lastModified, options],
    queryFn: () => beginImport(file, "dry", options),
    staleTime: Infinity,
    gcTime: 0,
    retry: 0,
  });
  const view = useQuery({
    queryKey: importKeys.one(trial.data ?? ""),
    queryFn: ({ signal }) => getImport(trial.data ?? "", signal),
    enabled: trial.data !== undefined,
    refetchInterval: ({ state }) => (state.data === undefined || isOpen(state.data.state) ? POLL_MS : false),
  });
  const real = useMutation({
    mutationFn: () => beginImport(file, "real", options),
    onSuccess: async (importId) => {
      await client.invalidateQueries({ queryKey: importKeys.list });
      await navigate(`/studio/imports/${importId}`);
    },
  });
  const error: unknown = real.error ?? trial.error ?? view.error;
  const useful = view.data?.state === "done" && view.data.created + view.data.changed > 0;
  return (
    <section className="trial" aria-labelledby="trial-heading">
      <div className="heading-line">
        <div>
          <h2 id="trial-heading">{file.name}</h2>
          <p className="upload-facts">{bytesText(file.size)} · tried first; nothing is stored yet</p>
        </div>
        <div className="line-actions">
          <Button look="primary" disabled={!useful || real.isPending} onClick={() => real.mutate()}>
            {real.isPending ? "Sending…" : "Import now"}
          </Button>
          <Button look="quiet" disabled={real.isPending} onClick={onDrop}>
            Put away
          </Button>
        </div>
      </div>
      <Options options={options} onChange={onOptions} />
      <div role="alert">{error !== null && <p className="field-error">{`${tell(error).title}. ${tell(error).sentence}`}</p>}</div>
      {view.data !== undefined && <ImportResult view={view.data} />}
      {view.data === undefined && error === null && <Skeleton className="line-skeleton" />}
    </section>
  );
}

/** Where lists of titles come in: a file is tried first, and imported when that looks right. */
export function ImportsPage() {
  usePageTitle("Imports");
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState<"over" | "away">("away");
  const [file, setFile] = useState<File | null>(null);
  const [options, setOptions] = useState<ImportOptions>({ audience: "members", source: "" });
  const take = (files: FileList | null) => {
    if (files?.[0] !== undefined) setFile(files[0]);
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
    <>
      <h1 tabIndex={-1}>Imports</h1>
      <section aria-label="Import a file">
        <div className={over === "over" ? "drop drop-over" : "drop"} onDragOver={onDragOver} onDragLeave={() => setOver("away")} onDrop={onDrop} data-testid="drop-zone">
          <Icon name="upload" />
          <div>
            <p className="drop-title">Drop a list of titles here</p>
            <p className="field-hint">CSV with a header, or one NFO file, up to 64 MiB. It is tried first and shows what it would do.</p>
          </div>
          <div className="drop-actions">
            <Button look="primary" onClick={() => input.current?.click()}>
              Choose a file
            </Button>
          </div>
          <input
            ref={input}
            type="file"
            accept={ACCEPT}
            className="visually-hidden"
            tabIndex={-1}
            aria-label="File to import"
            data-testid="import-file"
            onChange={(event) => {
              take(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
        </div>
      </section>
      {file !== null && <Trial file={file} options={options} onOptions={setOptions} onDrop={() => setFile(null)} />}
      <Earlier />
    </>
  );
}
