import { en } from "./en";
import { chooseLanguage, DEFAULT, DIRECTIONS, type Choice, type Language } from "./languages";
import { Translator, type Catalogue } from "./translator";

/** Which language is spoken now. English comes with the first load, others when they are asked for. */

const MARK = "matinee-language";
const LOADERS: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: () => Promise.resolve(en),
  ar: async () => (await import("./ar")).ar,
};

let current = new Translator(DEFAULT, en, en);
let wanted = DEFAULT.locale;
const listeners = new Set<() => void>();

export function currentTranslator(): Translator {
  return current;
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function show(choice: Choice): void {
  document.documentElement.lang = choice.locale;
  document.documentElement.dir = DIRECTIONS[choice.language];
}

function remember(choice: Choice): void {
  try {
    window.localStorage.setItem(MARK, choice.locale);
  } catch {
    // Without storage the next visit begins in the browser's language.
  }
}

/** Speak another language from now on; the page turns when its words have come. The last wish wins. */
export async function setLanguage(tags: readonly string[]): Promise<void> {
  const choice = chooseLanguage(tags);
  wanted = choice.locale;
  remember(choice);
  if (choice.locale === current.locale) {
    show(choice);
    return;
  }
  const messages = await LOADERS[choice.language]();
  if (wanted !== choice.locale) return;
  current = new Translator(choice, messages, en);
  show(choice);
  for (const listener of listeners) listener();
}

function remembered(): string[] {
  try {
    const tag = window.localStorage.getItem(MARK);
    return tag === null ? [] : [tag];
  } catch {
    return [];
  }
}

/** Begin as the last visit ended, else as the browser asks. */
export function beginLanguage(): Promise<void> {
  return setLanguage([...remembered(), ...navigator.languages]);
}
