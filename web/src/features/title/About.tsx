import { useState, type ReactNode } from "react";
import { Link } from "react-router";

import type { Credit, CreditRole, TitleDetail } from "@/api/types";
import { genreName, genrePath } from "@/cards/model";
import { useI18n } from "@/i18n";

import { CREW, languageNames, peopleOf } from "./model";

const CAST_SHOWN = 8;

function Person({ credit }: { credit: Credit }) {
  return (
    <Link to={`/person/${encodeURIComponent(credit.person_id)}`}>
      <bdi>{credit.name}</bdi>
    </Link>
  );
}

function Crew({ people, role }: { people: readonly Credit[]; role: CreditRole }) {
  const { t } = useI18n();
  const those = peopleOf(people, role);
  if (those.length === 0) return null;
  return (
    <Fact name={t(`title.${role}`, { count: those.length })}>
      <ul className="fact-list">
        {those.map((one) => (
          <li key={one.person_id}>
            <Person credit={one} />
          </li>
        ))}
      </ul>
    </Fact>
  );
}

function Cast({ people }: { people: readonly Credit[] }) {
  const { t } = useI18n();
  const [all, setAll] = useState(false);
  const cast = peopleOf(people, "actor");
  if (cast.length === 0) return null;
  return (
    <Fact name={t("title.cast")} wide>
      <ul className="cast">
        {(all ? cast : cast.slice(0, CAST_SHOWN)).map((one) => (
          <li key={`${one.person_id} ${one.character}`}>
            <Person credit={one} />
            {one.character !== "" && (
              <span className="cast-character">
                <bdi>{one.character}</bdi>
              </span>
            )}
          </li>
        ))}
      </ul>
      {cast.length > CAST_SHOWN && !all && (
        <button type="button" className="text-link" onClick={() => setAll(true)}>
          {t("title.whole-cast", { count: cast.length })}
        </button>
      )}
    </Fact>
  );
}

function Fact({ name, wide, children }: { name: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide === true ? "fact-wide" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Genres({ title }: { title: TitleDetail }) {
  const speech = useI18n();
  if (title.genres.length === 0) return null;
  return (
    <Fact name={speech.t("title.genres")}>
      <ul className="fact-list">
        {title.genres.map((genre) => (
          <li key={genre}>
            <Link to={genrePath(genre)}>{genreName(speech, genre)}</Link>
          </li>
        ))}
      </ul>
    </Fact>
  );
}

/** Who made it, what it is like, in which languages it is there. */
export function About({ title }: { title: TitleDetail }) {
  const speech = useI18n();
  const { t, languageName } = speech;
  const people = title.people ?? [];
  const name = (tag: string) => (tag === "zxx" ? t("title.no-words") : languageName(tag));
  const plain: [string, string | null][] = [
    [t("title.original-name"), title.original_name === title.name ? null : (title.original_name ?? null)],
    [t("title.sound"), title.audio.length > 0 ? languageNames(title.audio, name) : speech.list((title.languages ?? []).map(name))],
    [t("title.subtitles"), languageNames(title.text, name)],
    [t("title.ratings"), speech.list((title.ratings ?? []).map((one) => `${one.label} (${one.system.toUpperCase()})`))],
    [t("title.tags"), speech.list(title.tags ?? [])],
  ];
  return (
    <dl className="facts">
      <Genres title={title} />
      {CREW.map((role) => (
        <Crew key={role} people={people} role={role} />
      ))}
      {plain.map(([label, value]) =>
        value === null || value === "" ? null : (
          <Fact key={label} name={label}>
            <bdi>{value}</bdi>
          </Fact>
        ),
      )}
      <Cast people={people} />
    </dl>
  );
}
