const languageNames = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** Name a BCP 47 language in words. */
export function languageName(language: string): string {
  if (language === "" || language === "und") return "Unknown language";
  // ISO 639-2 "no linguistic content": films of music and pictures alone.
  if (language === "zxx") return "No spoken words";
  try {
    return languageNames.of(language) ?? language;
  } catch {
    return language;
  }
}
