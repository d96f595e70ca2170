import { Link } from "react-router";

import type { ImportAction, ImportLine, ImportPlanned, ImportState, ImportView } from "@/api/imports";
import { Chip, Meter } from "@/ui/primitives";

import { fieldName } from "./draft";

type ChipLook = "plain" | "good" | "warn" | "bad" | "busy" | "beam";

const STATES: Record<ImportState, { label: string; look: ChipLook }> = {
  queued: { label: "Waiting", look: "plain" },
  running: { label: "Running", look: "busy" },
  done: { label: "Done", look: "good" },
  failed: { label: "Failed", look: "bad" },
  cancelled: { label: "Cancelled", look: "warn" },
};

const ACTIONS: Record<ImportAction, { real: string; dry: string; look: ChipLook }> = {
  created: { real: "Made", dry: "Would be made", look: "good" },
  changed: { real: "Changed", dry: "Would change", look: "beam" },
  unchanged: { real: "As it was", dry: "Stays as it is", look: "plain" },
  refused: { real: "Refused", dry: "Refused", look: "bad" },
};

const NUMBER = new Intl.NumberFormat("en-GB");

export function isOpen(state: ImportState): boolean {
  return state === "queued" || state === "running";
}

export function StateChip({ one }: { one: Pick<ImportLine, "state" | "dry_run"> }) {
  const { label, look } = STATES[one.state];
  return (
    <span className="chips">
      <Chip look={look}>{label}</Chip>
      {one.dry_run && <Chip>Dry run</Chip>}
    </span>
  );
}

/** How many rows ended how, in one line. */
export function countsText(one: Pick<ImportLine, "rows" | "created" | "changed" | "unchanged" | "refused" | "dry_run">): string {
  const parts = [
    [one.created, one.dry_run ? "would be made" : "made"],
    [one.changed, one.dry_run ? "would change" : "changed"],
    [one.unchanged, "as they were"],
    [one.refused, "refused"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, words]) => `${NUMBER.format(count)} ${words}`);
  return told.length === 0 ? "No rows yet" : told.join(" · ");
}

function Figures({ view }: { view: ImportView }) {
  const figures = [
    [view.rows, "rows"],
    [view.created, view.dry_run ? "would be made" : "made"],
    [view.changed, view.dry_run ? "would change" : "changed"],
    [view.unchanged, "as they were"],
    [view.refused, "refused"],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([count, words]) => (
        <div key={words}>
          <dt>{words}</dt>
          <dd>{NUMBER.format(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

function detailOf(row: ImportPlanned): string {
  const set = row.fields.map(fieldName).join(", ");
  const kept = row.kept.length === 0 ? "" : `kept as an editor wrote it: ${row.kept.map(fieldName).join(", ").toLowerCase()}`;
  return [set, kept].filter((part) => part !== "").join("; ");
}

function Plan({ view }: { view: ImportView }) {
  if (view.plan.length === 0) return null;
  const all = view.created + view.changed;
  return (
    <section className="studio-section" aria-labelledby="plan-heading">
      <h2 id="plan-heading">{view.dry_run ? "What would happen" : "What happened"}</h2>
      {all > view.plan.length && <p className="section-lead">{`The first ${view.plan.length} of ${NUMBER.format(all)} titles.`}</p>}
      <div className="table-frame table-tall" tabIndex={0} role="group" aria-labelledby="plan-heading">
        <table className="rows-table">
          <thead>
            <tr>
              <th scope="col">{view.format === "tmdb" ? "No." : "Line"}</th>
              <th scope="col">Title</th>
              <th scope="col">Kind</th>
              <th scope="col">{view.dry_run ? "Would be" : "Was"}</th>
              <th scope="col">Fields</th>
            </tr>
          </thead>
          <tbody>
            {view.plan.map((row, index) => (
              <tr key={index}>
                <td className="figure">{row.line}</td>
                <th scope="row">{row.title_id === null || row.action === "refused" ? row.name : <Link to={`/studio/titles/${row.title_id}`}>{row.name}</Link>}</th>
                <td className="kind">{row.kind ?? "—"}</td>
                <td>
                  <Chip look={ACTIONS[row.action].look}>{view.dry_run ? ACTIONS[row.action].dry : ACTIONS[row.action].real}</Chip>
                </td>
                <td>{row.action === "created" ? "all of it" : detailOf(row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Problems({ view }: { view: ImportView }) {
  if (view.problems.length === 0) return null;
  return (
    <section className="studio-section" aria-labelledby="problems-heading">
      <h2 id="problems-heading">What to look at</h2>
      <p className="section-lead">{view.problems_total > view.problems.length ? `The first ${view.problems.length} of ${NUMBER.format(view.problems_total)}.` : "Rows that were refused, and rows that were used in spite of something."}</p>
      <div className="table-frame table-tall" tabIndex={0} role="group" aria-labelledby="problems-heading">
        <table className="rows-table">
          <thead>
            <tr>
              <th scope="col">{view.format === "tmdb" ? "No." : "Line"}</th>
              <th scope="col">Title</th>
              <th scope="col">Reason</th>
              <th scope="col">Row</th>
            </tr>
          </thead>
          <tbody>
            {view.problems.map((problem, index) => (
              <tr key={index}>
                <td className="figure">{problem.line}</td>
                <th scope="row">{problem.name === "" ? "—" : problem.name}</th>
                <td>{problem.reason}</td>
                <td>
                  <Chip look={problem.refused ? "bad" : "warn"}>{problem.refused ? "Refused" : "Used"}</Chip>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** How an import stands: figures, what it makes and changes, and what is wrong with which line. */
export function ImportResult({ view }: { view: ImportView }) {
  return (
    <>
      <div className="import-state" role="status">
        <StateChip one={view} />
        {isOpen(view.state) && <span className="upload-facts">{`${Math.round(view.fraction * 100)} % of the file, ${NUMBER.format(view.rows)} rows`}</span>}
        {view.failure !== null && <p className="field-error">{view.failure}</p>}
      </div>
      {isOpen(view.state) && <Meter label={`Import of ${view.name}`} fraction={view.fraction} />}
      <Figures view={view} />
      <Problems view={view} />
      <Plan view={view} />
    </>
  );
}
