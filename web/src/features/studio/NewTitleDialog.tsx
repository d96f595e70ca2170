import { useQuery } from "@tanstack/react-query";
import { useId, useState, type SyntheticEvent } from "react";

import { listTitles } from "@/api/catalogue";
import type { Kind, NewTitle } from "@/api/types";
import { Button, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

type Props = { onClose: () => void; onCreate: (title: NewTitle) => void; error: unknown };

function useSeries(kind: Kind) {
  const found = useQuery({ queryKey: ["series-choice"], queryFn: ({ signal }) => listTitles(null, "", signal), enabled: kind === "episode" });
  return (found.data?.items ?? []).filter((title) => title.kind === "series");
}

/** Makes a film, a series, or an episode of one. */
export function NewTitleDialog({ onClose, onCreate, error }: Props) {
  const id = useId();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("film");
  const [seriesId, setSeriesId] = useState("");
  const [season, setSeason] = useState("1");
  const [number, setNumber] = useState("1");
  const series = useSeries(kind);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    const place = kind === "episode" ? { series_id: seriesId, season_number: Number(season), episode_number: Number(number) } : {};
    onCreate({ name: name.trim(), kind, ...place });
  };
  return (
    <Dialog title="New title" onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input id={`${id}-name`} required maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-kind`}>Kind</label>
          <select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
            <option value="film">Film</option>
            <option value="series">Series</option>
            <option value="episode">Episode of a series</option>
          </select>
        </div>
        {kind === "episode" && (
          <div className="form-row">
            <div className="field">
              <label htmlFor={`${id}-series`}>Series</label>
              <select id={`${id}-series`} required value={seriesId} onChange={(event) => setSeriesId(event.currentTarget.value)}>
                <option value="">Choose…</option>
                {series.map((one) => (
                  <option key={one.title_id} value={one.title_id}>
                    {one.name}
                  </option>
                ))}
              </select>
            </div>
            <div className="field">
              <label htmlFor={`${id}-season`}>Season</label>
              <input id={`${id}-season`} type="number" min={1} max={10000} required value={season} onChange={(event) => setSeason(event.currentTarget.value)} />
            </div>
            <div className="field">
              <label htmlFor={`${id}-number`}>Episode</label>
              <input id={`${id}-number`} type="number" min={1} max={10000} required value={number} onChange={(event) => setNumber(event.currentTarget.value)} />
            </div>
          </div>
        )}
        <div role="alert">{error !== null && error !== undefined && <p className="field-error">{tell(error).sentence}</p>}</div>
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit">
            Make it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
