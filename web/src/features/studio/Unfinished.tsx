import { useQuery, useQueryClient } from "@tanstack/react-query";

import { bytesText } from "@/ui/format";
import { Button } from "@/ui/primitives";

import { findUnfinished, forgetUnfinished, type UploadRow } from "./uploads";

const KEY = ["unfinished-uploads"];

/** Uploads that an earlier visit began. A browser may not keep a file itself, so it has to be chosen once more. */
export function Unfinished({ active }: { active: readonly UploadRow[] }) {
  const client = useQueryClient();
  const found = useQuery({ queryKey: KEY, queryFn: findUnfinished, staleTime: 0 });
  const names = new Set(active.map((row) => row.name));
  const waiting = (found.data ?? []).filter((one) => !names.has(one.name));
  if (waiting.length === 0) return null;
  const forget = async (storageKey: string) => {
    await forgetUnfinished(storageKey);
    await client.invalidateQueries({ queryKey: KEY });
  };
  return (
    <ul className="upload-list" aria-label="Unfinished uploads">
      {waiting.map((one) => (
        <li key={one.storageKey} className="upload-line" data-testid="unfinished">
          <div className="upload-words">
            <strong className="file-name">{one.name}</strong>
            <span className="upload-facts">{bytesText(one.bytes)}, unfinished. Choose the same file again and it goes on where it stopped.</span>
          </div>
          <Button small look="quiet" onClick={() => void forget(one.storageKey)}>
            Forget<span className="visually-hidden"> {one.name}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
