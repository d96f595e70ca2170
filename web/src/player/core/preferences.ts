/** What the player remembers of a person, on this device only. */
export type Preferences = {
  characterShortcuts: "on" | "off";
  volume: number;
  muted: boolean;
  audioLanguage: string | null;
  /** Null means that subtitles are off. */
  textLanguage: string | null;
};

const KEY = "matinee.player";
const DEFAULTS: Preferences = {
  characterShortcuts: "on",
  volume: 1,
  muted: false,
  audioLanguage: null,
  textLanguage: null,
};

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value.length < 64 ? value : null;
}

/** Read what is remembered; anything unreadable counts as never said. */
export function readPreferences(storage: Pick<Storage, "getItem">): Preferences {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    if (typeof stored !== "object" || stored === null) return DEFAULTS;
    const found = stored as Record<string, unknown>;
    const volume = found.volume;
    return {
      characterShortcuts: found.characterShortcuts === "off" ? "off" : "on",
      volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : DEFAULTS.volume,
      muted: found.muted === true,
      audioLanguage: textOrNull(found.audioLanguage),
      textLanguage: textOrNull(found.textLanguage),
    };
  } catch {
    return DEFAULTS;
  }
}

/** Remember a change; a storage that is full or forbidden only means that nothing is remembered. */
export function rememberPreference(storage: Pick<Storage, "getItem" | "setItem">, change: Partial<Preferences>): void {
  try {
    storage.setItem(KEY, JSON.stringify({ ...readPreferences(storage), ...change }));
  } catch {
    return;
  }
}
