const languageNames = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** Name a BCP 47 language in words. */
export function languageName(language: string): string {
  if (language === "" || language === "und") return "Unknown language";
  try {
    return languageNames.of(language) ?? language;
  } catch {
    return language;
  }
}
