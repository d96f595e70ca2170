/** Sorting dropped files into films and the subtitles that belong to them. */

export type NamedFile = { name: string };
export type FilmDrop<F extends NamedFile> = { film: F; texts: { file: F; language: string }[] };
export type Sorted<F extends NamedFile> = { films: FilmDrop<F>[]; strays: F[] };

const TEXT_ENDING = /\.(srt|vtt|ass|ssa)$/i;
const LANGUAGE_ENDING = /.[._-]([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)$/i;

/** Knows which short words are languages, so that `the-end.srt` is not taken for one. */
const known = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

export function isText(file: NamedFile): boolean {
  return TEXT_ENDING.test(file.name);
}

function stem(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

/** The language that a subtitle file's name tells, as in `film.de.srt`; `und` when it tells none. */
export function languageOf(name: string): string {
  const tag = LANGUAGE_ENDING.exec(stem(name))?.[1]?.toLowerCase();
  return tag === undefined || known.of(tag) === undefined ? "und" : tag;
}

function belongs(text: NamedFile, film: NamedFile): boolean {
  return stem(text.name).toLowerCase().startsWith(stem(film.name).toLowerCase());
}

/** Give each subtitle file to the film it is named after, or to the only film; what fits none is a stray. */
export function sortFiles<F extends NamedFile>(files: readonly F[]): Sorted<F> {
  const films: FilmDrop<F>[] = files.filter((file) => !isText(file)).map((film) => ({ film, texts: [] }));
  const strays: F[] = [];
  for (const file of files.filter(isText)) {
    const named = films.filter((drop) => belongs(file, drop.film)).sort((a, b) => b.film.name.length - a.film.name.length)[0];
    const owner = named ?? (films.length === 1 ? films[0] : undefined);
    if (owner === undefined) strays.push(file);
    else owner.texts.push({ file, language: languageOf(file.name) });
  }
  return { films, strays };
}
