import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";

import type { Suggestion } from "@/api/search";
import { genreName } from "@/cards/model";
import { useI18n, type MessageKey, type Translator } from "@/i18n";
import { Icon, type IconName } from "@/ui/icons";

import { nextOption, suggestionPath } from "./model";

const KINDS: Readonly<Record<Suggestion["kind"], readonly [icon: IconName, label: MessageKey]>> = {
  title: ["search", "search.kind.title"],
  person: ["person", "search.kind.person"],
  genre: ["grid", "search.kind.genre"],
};

type Props = { text: string; onText: (text: string) => void; suggestions: readonly Suggestion[]; onLeave: () => void };

function textOf(suggestion: Suggestion, speech: Translator): string {
  return suggestion.kind === "genre" ? genreName(speech, suggestion.text) : suggestion.text;
}

/** The box and how what stands in it may go on: arrows walk the suggestions and on into the results, Enter opens, Escape clears. */
export function SearchBox({ text, onText, suggestions, onLeave }: Props) {
  const id = useId();
  const speech = useI18n();
  const { t } = speech;
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [active, setActive] = useState(-1);
  const chosen = suggestions[active];
  const shown = text !== "" && suggestions.length > 0;
  useEffect(() => {
    input.current?.focus({ preventScroll: true });
  }, []);

  const write = (words: string) => {
    setActive(-1);
    onText(words);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape" && text !== "") write("");
    else if (event.key === "Enter" && chosen !== undefined) void navigate(suggestionPath(chosen));
    else if (event.key === "Enter") onLeave();
    else {
      const next = nextOption(event.key, active, suggestions.length);
      if (next === null) return;
      if (next === "past") onLeave();
      else setActive(next);
    }
    event.preventDefault();
  };
  return (
    <div className="search-ask">
      <form role="search" className="search-line" onSubmit={(event) => event.preventDefault()}>
        <span className="search-icon">
          <Icon name="search" />
        </span>
        <input
          ref={input}
          data-search-box=""
          type="text"
          inputMode="search"
          enterKeyHint="search"
          role="combobox"
          aria-label={t("search.label")}
          aria-autocomplete="list"
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen === undefined || !shown ? undefined : `${id}-${active}`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={200}
          placeholder={t("search.label")}
          dir="auto"
          value={text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={() => setActive(-1)}
        />
        {text !== "" && (
          <button
            type="button"
            className="search-clear"
            aria-label={t("search.clear")}
            onClick={() => {
              write("");
              input.current?.focus();
            }}
          >
            <Icon name="close" />
          </button>
        )}
      </form>
      <ul id={`${id}-list`} role="listbox" aria-label={t("search.suggestions")} className="search-options">
        {shown &&
          suggestions.map((suggestion, index) => (
            // The keys are the box's, which names the option that they walk to.
            <li
              key={`${suggestion.kind}-${suggestion.text}-${suggestion.title_id ?? suggestion.person_id ?? ""}`}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              ref={(element) => {
                if (index === active) element?.scrollIntoView({ block: "nearest", inline: "nearest" });
              }}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => void navigate(suggestionPath(suggestion))}
            >
              <Icon name={KINDS[suggestion.kind][0]} />
              <bdi>{textOf(suggestion, speech)}</bdi>
              <span className="visually-hidden">, {t(KINDS[suggestion.kind][1])}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}
