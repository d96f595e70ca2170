import type { FullChange, TitleDraft } from "@/api/studioTitles";
import type { TitleDetail } from "@/api/types";
import { momentText } from "@/ui/dates";
import { Button, Chip } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { fieldName, valueText } from "./draft";

function fieldsOf(change: FullChange): (keyof FullChange)[] {
  return Object.keys(change) as (keyof FullChange)[];
}

type Props = {
  title: TitleDetail;
  draft: TitleDraft;
  editing: "title" | "draft";
  busy: boolean;
  error: unknown;
  onEdit: () => void;
  onPublish: () => void;
  onDiscard: () => void;
};

/** A draft that waits: what it would change, beside what is there, and what to do with it. */
export function DraftNotice({ title, draft, editing, busy, error, onEdit, onPublish, onDiscard }: Props) {
  const clash = draft.conflicts.length > 0;
  return (
    <section className="draft-notice" aria-labelledby="draft-heading">
      <div className="draft-head">
        <h2 id="draft-heading">A draft waits</h2>
        <Chip look={clash ? "warn" : "beam"}>{clash ? "Changed meanwhile" : "Not visible yet"}</Chip>
        <span className="upload-facts">kept {momentText(draft.changed_at)}</span>
      </div>
      <div className="table-frame" tabIndex={0} role="group" aria-label="What the draft changes">
        <table className="rows-table">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Now</th>
              <th scope="col">In the draft</th>
            </tr>
          </thead>
          <tbody>
            {fieldsOf(draft.change).map((field) => (
              <tr key={field}>
                <th scope="row">
                  {fieldName(field)}
                  {draft.conflicts.includes(field) && <span className="field-error"> changed by somebody else</span>}
                </th>
                <td>{valueText(field, title[field])}</td>
                <td>{valueText(field, draft.change[field])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {clash && <p className="field-error">Somebody changed the same fields since, to something else. Discard the draft and begin from what is there now.</p>}
      <div role="alert">{error !== null && error !== undefined && <p className="field-error">{tell(error).sentence}</p>}</div>
      <div className="line-actions">
        <Button look="primary" small disabled={busy || clash} onClick={onPublish}>
          Publish the draft
        </Button>
        <Button look="quiet" small disabled={busy || editing === "draft"} onClick={onEdit}>
          {editing === "draft" ? "In the form below" : "Edit the draft"}
        </Button>
        <Button look="danger" small disabled={busy} onClick={onDiscard}>
          Discard it
        </Button>
      </div>
    </section>
  );
}
