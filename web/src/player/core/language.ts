import { currentTranslator } from "@/i18n/store";

/** Name a BCP 47 language in words. */
export function languageName(language: string): string {
  const speech = currentTranslator();
  if (language === "" || language === "und") return speech.t("watch.unknown-language");
  // ISO 639-2 "no linguistic content": films of music and pictures alone.
  if (language === "zxx") return speech.t("title.no-words");
  return speech.languageName(language);
}
