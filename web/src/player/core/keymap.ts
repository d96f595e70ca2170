import type { MessageKey } from "@/i18n/en";

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

export type HelpLine = { keys: string[]; does: `watch.help-${string}` & MessageKey; character: boolean };

/** The help sheet, in the order in which people look for things. */
export const HELP: readonly HelpLine[] = [
  { keys: ["Space", "K"], does: "watch.help-play", character: false },
  { keys: ["J", "L"], does: "watch.help-ten", character: true },
  { keys: ["←", "→"], does: "watch.help-five", character: false },
  { keys: ["↑", "↓"], does: "watch.help-volume", character: false },
  { keys: ["0", "…", "9"], does: "watch.help-tenth", character: true },
  { keys: ["Home", "End"], does: "watch.help-ends", character: false },
  { keys: ["S"], does: "watch.help-skip", character: true },
  { keys: ["Shift", "N"], does: "watch.help-next", character: true },
  { keys: ["M"], does: "watch.help-mute", character: true },
  { keys: ["C"], does: "watch.help-subtitles", character: true },
  { keys: ["F"], does: "watch.help-full", character: true },
  { keys: ["I"], does: "watch.help-pip", character: true },
  { keys: ["<", ">"], does: "watch.help-speed", character: true },
  { keys: [",", "."], does: "watch.help-frame", character: true },
  { keys: ["D"], does: "watch.help-statistics", character: true },
  { keys: ["?"], does: "watch.help-sheet", character: true },
];

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** Return the next speed up or down; the ends stay where they are. */
export function nextSpeed(current: number, direction: 1 | -1): number {
  const ordered = direction === 1 ? SPEEDS : [...SPEEDS].reverse();
  return ordered.find((speed) => (speed - current) * direction > 0.001) ?? current;
}
