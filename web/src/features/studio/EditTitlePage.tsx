import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { changeTitle, deleteTitle, getTitle } from "@/api/catalogue";
import { keys } from "@/api/queries";
import { discardDraft, getDraft, publishDraft, saveDraft, studioKeys, type FullChange } from "@/api/studioTitles";
import type { TitleDetail } from "@/api/types";
import { usePageTitle } from "@/ui/page";
import { Button, Dialog, LinkButton, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { ArtworkEditor } from "./ArtworkEditor";
import { withChange } from "./draft";
import { DraftNotice } from "./DraftNotice";
import { TitleForm } from "./TitleForm";
import { UploadArea } from "./UploadArea";

function useTitleRefresh(id: string): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.title(id) }),
      client.invalidateQueries({ queryKey: keys.candidates(id) }),
      client.invalidateQueries({ queryKey: keys.allStudioTitles }),
      client.invalidateQueries({ queryKey: keys.browse }),
    ]);
}

function DeleteTitle({ title }: { title: TitleDetail }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [asking, setAsking] = useState<"asking" | "quiet">("quiet");
  const remove = useMutation({
    mutationFn: () => deleteTitle(title.title_id),
    onSuccess: async () => {
      await navigate("/studio/titles");
      client.removeQueries({ queryKey: keys.title(title.title_id) });
      await client.invalidateQueries({ queryKey: keys.allStudioTitles });
    },
  });
  return (
    <section className="studio-section" aria-labelledby="delete-heading">
      <h2 id="delete-heading">Delete</h2>
      <p className="section-lead">Unpublishing only hides a title. Deleting removes it with its films{title.kind === "series" ? " and all its episodes" : ""}.</p>
      <Button look="danger" onClick={() => setAsking("asking")}>
        Delete this title
      </Button>
      <div role="alert">{remove.isError && <p className="field-error">{tell(remove.error).sentence}</p>}</div>
      {asking === "asking" && (
        <Dialog title={`Delete “${title.name}”?`} onClose={() => setAsking("quiet")}>
          <p>This cannot be undone. People who are watching it now are cut off when their stream runs out.</p>
          <div className="dialog-actions">
            <Button look="quiet" onClick={() => setAsking("quiet")}>
              Keep it
            </Button>
            <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
              Delete for good
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

/** Saving, keeping aside, publishing and discarding, each followed by a fresh look at the title. */
function useEditing(title: TitleDetail) {
  const client = useQueryClient();
  const refreshTitle = useTitleRefresh(title.title_id);
  const draftKey = studioKeys.draft(title.title_id);
  const draft = useQuery({ queryKey: draftKey, queryFn: ({ signal }) => getDraft(title.title_id, signal), retry: 0 });
  const refresh = () => Promise.all([refreshTitle(), client.invalidateQueries({ queryKey: draftKey })]);
  const save = useMutation({ mutationFn: (change: FullChange) => changeTitle(title.title_id, change, title.version), onSuccess: refresh });
  const keep = useMutation({ mutationFn: (change: FullChange) => saveDraft(title.title_id, change), onSuccess: refresh });
  const publish = useMutation({ mutationFn: () => publishDraft(title.title_id), onSuccess: refresh });
  const discard = useMutation({ mutationFn: () => discardDraft(title.title_id), onSuccess: refresh });
  return { draft: draft.data ?? null, refresh: refreshTitle, save, keep, publish, discard };
}

function Editor({ title }: { title: TitleDetail }) {
  const { draft, refresh, save, keep, publish, discard } = useEditing(title);
  const [editing, setEditing] = useState<"title" | "draft">("title");
  const editsDraft = draft !== null && editing === "draft";
  const saving = save.isPending || keep.isPending ? "saving" : save.isSuccess || keep.isSuccess ? "saved" : "idle";
  return (
    <article>
      <p className="crumb">
        <Link to="/studio/titles">Titles</Link>
      </p>
      <div className="heading-line">
        <h1 tabIndex={-1}>{title.name}</h1>
        <div className="line-actions">
          {title.playable && title.kind !== "series" && (
            <LinkButton look="primary" icon="play" to={`/watch/${title.title_id}`}>
              Watch
            </LinkButton>
          )}
          <LinkButton look="quiet" to={`/title/${title.title_id}`}>
            See its page
          </LinkButton>
        </div>
      </div>
      {draft !== null && (
        <DraftNotice
          title={title}
          draft={draft}
          editing={editing}
          busy={publish.isPending || discard.isPending || saving === "saving"}
          error={publish.error ?? discard.error}
          onEdit={() => setEditing("draft")}
          onPublish={() => publish.mutate()}
          onDiscard={() => {
            setEditing("title");
            discard.mutate();
          }}
        />
      )}
      <div className="edit-columns">
        <TitleForm
          key={`${title.version}-${editsDraft ? draft.revision : "title"}`}
          title={title}
          start={editsDraft ? withChange(title, draft.change) : title}
          onSave={(change) => save.mutate(change)}
          onKeep={(change) => keep.mutate(change)}
          saving={saving}
          error={save.error ?? keep.error}
        />
        <ArtworkEditor title={title} onChanged={refresh} />
      </div>
      {title.kind !== "series" && (
        <section className="studio-section" aria-labelledby="film-heading">
          <h2 id="film-heading">{title.playable ? "Replace the film" : "The film"}</h2>
          <UploadArea titleId={title.title_id} prompt={title.playable ? "Drop a better version here" : "Drop the film here"} />
        </section>
      )}
      <DeleteTitle title={title} />
    </article>
  );
}

/** Everything an operator can change of one title. */
export function EditTitlePage() {
  const { id = "" } = useParams();
  const title = useQuery({ queryKey: keys.title(id), queryFn: ({ signal }) => getTitle(id, signal) });
  usePageTitle(title.data === undefined ? "Edit" : `Edit ${title.data.name}`);
  if (title.data !== undefined) return <Editor title={title.data} />;
  if (title.isError) return <ProblemNotice error={title.error} level={1} onRetry={() => void title.refetch()} />;
  return <Skeleton className="line-skeleton" />;
}
