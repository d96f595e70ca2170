import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";

import { artworkAt, chooseArtwork, listCandidates, putArtwork } from "@/api/catalogue";
import { keys } from "@/api/queries";
import type { FullCandidate } from "@/api/studioTitles";
import type { ArtworkKind, TitleCard } from "@/api/types";
import { Poster } from "@/ui/Poster";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

const NAMES: Record<ArtworkKind, string> = { poster: "Poster", backdrop: "Backdrop" };
const PICTURES = "image/jpeg,image/png,image/webp";

function Current({ title, kind }: { title: TitleCard; kind: ArtworkKind }) {
  const src = title.artwork[kind];
  if (kind === "poster") return <Poster name={title.name} year={title.year} src={src === null ? null : artworkAt(src, 240)} />;
  return <div className="backdrop-frame">{src === null ? <span className="field-hint">No backdrop yet</span> : <img src={artworkAt(src, 480)} alt="" />}</div>;
}

function Kind({ title, kind, onChanged }: { title: TitleCard; kind: ArtworkKind; onChanged: () => Promise<unknown> }) {
  const input = useRef<HTMLInputElement>(null);
  const candidates = useQuery({ queryKey: keys.candidates(title.title_id), queryFn: ({ signal }) => listCandidates(title.title_id, signal) });
  const put = useMutation({ mutationFn: (file: Blob) => putArtwork(title.title_id, kind, file), onSuccess: onChanged });
  const choose = useMutation({ mutationFn: (path: string) => chooseArtwork(title.title_id, kind, path), onSuccess: onChanged });
  const error: unknown = put.error ?? choose.error;
  // A picture that was sent as a poster is no backdrop; a frame may be either.
  const offered = ((candidates.data?.items ?? []) as FullCandidate[]).filter((one) => one.kind === undefined || one.kind === null || one.kind === kind);
  const name = NAMES[kind];
  return (
    <div className="artwork">
      <h2>{name}</h2>
      <div className={`artwork-now artwork-${kind}`}>
        <Current title={title} kind={kind} />
      </div>
      <Button small look="quiet" disabled={put.isPending} onClick={() => input.current?.click()}>
        Upload a {name.toLowerCase()}
      </Button>
      <input
        ref={input}
        type="file"
        accept={PICTURES}
        className="visually-hidden"
        tabIndex={-1}
        aria-label={`${name} picture`}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file !== undefined) put.mutate(file);
          event.currentTarget.value = "";
        }}
      />
      {offered.length > 0 && (
        <ul className="candidates" aria-label={`Pictures for the ${name.toLowerCase()}`}>
          {offered.map((candidate, index) => (
            <li key={candidate.path}>
              <button type="button" className="candidate" disabled={choose.isPending} aria-pressed={candidate.chosen === true} aria-label={`Use ${candidate.origin === "sent" ? "sent picture" : "frame"} ${index + 1} as ${name.toLowerCase()}`} onClick={() => choose.mutate(candidate.path)}>
                <img src={candidate.url} alt="" loading="lazy" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div role="alert">{error !== null && <p className="field-error">{tell(error).sentence}</p>}</div>
    </div>
  );
}

/** Poster and backdrop: upload one, or take a frame of the film. */
export function ArtworkEditor({ title, onChanged }: { title: TitleCard; onChanged: () => Promise<unknown> }) {
  return (
    <section className="artwork-editor" aria-label="Artwork">
      <Kind title={title} kind="poster" onChanged={onChanged} />
      <Kind title={title} kind="backdrop" onChanged={onChanged} />
    </section>
  );
}
