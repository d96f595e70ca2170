import { useSyncExternalStore } from "react";

import { currentTranslator, subscribe } from "./store";
import type { Translator } from "./translator";

export type { MessageKey } from "./en";
export { chooseLanguage, type Direction, type Language } from "./languages";
export { beginLanguage, currentTranslator, setLanguage } from "./store";
export type { Translator, Values } from "./translator";
export { Rich } from "./Rich";

/** The language of the page: words, figures, dates, and which way it reads. Components draw anew when it changes. */
export function useI18n(): Translator {
  return useSyncExternalStore(subscribe, currentTranslator);
}
