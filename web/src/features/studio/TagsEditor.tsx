import { useId, useRef, useState, type KeyboardEvent } from "react";

import { Button } from "@/ui/primitives";
import { Icon } from "@/ui/icons";

import { LIMITS } from "./draft";

type Props = { tags: readonly string[]; onChange: (tags: string[]) => void };

/** Words beside the genres: typed one by one, taken away one by one. */
export function TagsEditor({ tags, onChange }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const add = () => {
    const words = typed.split(",").map((word) => word.trim().slice(0, 40)).filter((word) => word !== "");
    const known = new Set(tags.map((tag) => tag.toLowerCase()));
    const fresh = words.filter((word, index) => !known.has(word.toLowerCase()) && words.findIndex((one) => one.toLowerCase() === word.toLowerCase()) === index);
    if (fresh.length > 0) onChange([...tags, ...fresh].slice(0, LIMITS.tags));
    setTyped("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== ",") return;
    event.preventDefault();
    add();
  };
  const remove = (tag: string) => {
    onChange(tags.filter((one) => one !== tag));
    input.current?.focus();
  };
  return (
    <div className="field">
      <label htmlFor={id}>Tags</label>
      {tags.length > 0 && (
        <ul className="tags" aria-label="Tags of this title">
          {tags.map((tag) => (
            <li key={tag}>
              <button type="button" className="tag" onClick={() => remove(tag)} aria-label={`Remove the tag ${tag}`}>
                {tag}
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="input-line">
        <input ref={input} id={id} value={typed} maxLength={200} disabled={tags.length >= LIMITS.tags} aria-describedby={`${id}-hint`} onChange={(event) => setTyped(event.currentTarget.value)} onKeyDown={onKeyDown} />
        <Button small look="quiet" disabled={typed.trim() === ""} onClick={add}>
          Add<span className="visually-hidden"> tag</span>
        </Button>
      </div>
      <p className="field-hint" id={`${id}-hint`}>
        Anything that is no genre, such as a place or a mood. Enter or a comma adds one; forty at most.
      </p>
    </div>
  );
}
