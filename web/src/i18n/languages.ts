/** The languages that the member pages speak, and which of them somebody's wishes come to. */

export type Language = "en" | "ar";
export type Direction = "ltr" | "rtl";
/** What to write in, and the whole tag (region, numerals) that figures and dates follow. */
export type Choice = { language: Language; locale: string };

export const DIRECTIONS: Readonly<Record<Language, Direction>> = { en: "ltr", ar: "rtl" };
export const DEFAULT: Choice = { language: "en", locale: "en-GB" };

function isLanguage(text: string): text is Language {
  return Object.hasOwn(DIRECTIONS, text);
}

/** The language of a BCP 47 tag; null for one that is not spoken here, or is no tag. */
export function choiceOf(tag: string): Choice | null {
  try {
    const locale = new Intl.Locale(tag);
    if (!isLanguage(locale.language)) return null;
    return { language: locale.language, locale: tag === "en" ? DEFAULT.locale : locale.toString() };
  } catch {
    return null;
  }
}

/** The first of some wishes that is spoken here, else English. */
export function chooseLanguage(tags: readonly string[]): Choice {
  for (const tag of tags) {
    const choice = choiceOf(tag);
    if (choice !== null) return choice;
  }
  return DEFAULT;
}
