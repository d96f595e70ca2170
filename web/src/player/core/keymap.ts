/** What each key does while a film plays. */

export type Action =
  | { kind: "toggle-play" }
  | { kind: "seek-by"; seconds: number }
  | { kind: "seek-to-fraction"; fraction: number }
  | { kind: "volume-by"; step: number }
  | { kind: "toggle-mute" }
  | { kind: "toggle-fullscreen" }
  | { kind: "toggle-subtitles" }
  | { kind: "toggle-picture-in-picture" }
  | { kind: "toggle-statistics" }
  | { kind: "speed-step"; direction: 1 | -1 }
  | { kind: "frame-step"; direction: 1 | -1 }
  | { kind: "skip-part" }
  | { kind: "next-episode" }
  | { kind: "toggle-help" };

export type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Keys that are single characters; they can be switched off (WCAG 2.1.4). */
const CHARACTERS: Record<string, Action> = {
  k: { kind: "toggle-play" },
  j: { kind: "seek-by", seconds: -10 },
  l: { kind: "seek-by", seconds: 10 },
  f: { kind: "toggle-fullscreen" },
  m: { kind: "toggle-mute" },
  c: { kind: "toggle-subtitles" },
  i: { kind: "toggle-picture-in-picture" },
  s: { kind: "skip-part" },
  d: { kind: "toggle-statistics" },
  "<": { kind: "speed-step", direction: -1 },
  ">": { kind: "speed-step", direction: 1 },
  ",": { kind: "frame-step", direction: -1 },
  ".": { kind: "frame-step", direction: 1 },
  "?": { kind: "toggle-help" },
};

const NAMED: Record<string, Action> = {
  " ": { kind: "toggle-play" },
  MediaPlayPause: { kind: "toggle-play" },
  ArrowLeft: { kind: "seek-by", seconds: -5 },
  ArrowRight: { kind: "seek-by", seconds: 5 },
  ArrowUp: { kind: "volume-by", step: 0.05 },
  ArrowDown: { kind: "volume-by", step: -0.05 },
  Home: { kind: "seek-to-fraction", fraction: 0 },
  End: { kind: "seek-to-fraction", fraction: 1 },
};

/** Return what a key press asks for; null when it is nobody's, or belongs to the browser. */
export function actionForKey(press: KeyPress, characterShortcuts: "on" | "off"): Action | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  const named = NAMED[press.key];
  if (named !== undefined) return named;
  if (characterShortcuts === "off") return null;
  if (/^[0-9]$/.test(press.key)) return { kind: "seek-to-fraction", fraction: Number(press.key) / 10 };
  if (press.shiftKey && press.key.toLowerCase() === "n") return { kind: "next-episode" };
  return CHARACTERS[press.key.length === 1 ? press.key.toLowerCase() : press.key] ?? null;
}

export type HelpLine = { keys: string[]; does: string; character: boolean };

/** The help sheet, in the order in which people look for things. */
export const HELP: readonly HelpLine[] = [
  { keys: ["Space", "K"], does: "Play or pause", character: false },
  { keys: ["J", "L"], does: "Back or forward 10 seconds", character: true },
  { keys: ["←", "→"], does: "Back or forward 5 seconds", character: false },
  { keys: ["↑", "↓"], does: "Louder or quieter", character: false },
  { keys: ["0", "…", "9"], does: "Jump to a tenth of the film", character: true },
  { keys: ["Home", "End"], does: "Jump to the start or the end", character: false },
  { keys: ["M"], does: "Mute", character: true },
  { keys: ["C"], does: "Subtitles on or off", character: true },
  { keys: ["F"], does: "Full screen", character: true },
  { keys: ["I"], does: "Picture in picture", character: true },
  { keys: ["<", ">"], does: "Slower or faster", character: true },
  { keys: [",", "."], does: "One frame back or forward, paused", character: true },
  { keys: ["S"], does: "Skip intro, recap or credits", character: true },
  { keys: ["Shift", "N"], does: "Next episode", character: true },
  { keys: ["D"], does: "Statistics", character: true },
  { keys: ["?"], does: "This sheet", character: true },
];

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** Return the next speed up or down; the ends stay where they are. */
export function nextSpeed(current: number, direction: 1 | -1): number {
  const ordered = direction === 1 ? SPEEDS : [...SPEEDS].reverse();
  return ordered.find((speed) => (speed - current) * direction > 0.001) ?? current;
}
