/** Trickplay thumbnails: a WebVTT index whose cues name a rectangle of a sprite sheet. */

export type Sprite = {
  startSeconds: number;
  endSeconds: number;
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
};

const MAX_CUES = 20_000;
const ARROW = "-->";

/** Read `HH:MM:SS.mmm` or `MM:SS.mmm`; null when it is neither. */
export function vttSeconds(text: string): number | null {
  const match = /^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(text.trim());
  if (match === null) return null;
  const [, hours = "0", minutes = "0", seconds = "0", millis = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(millis) / 1000;
}

function rectangle(fragment: string): [number, number, number, number] | null {
  const match = /^xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(fragment);
  if (match === null) return null;
  const [x, y, width, height] = match.slice(1).map(Number) as [number, number, number, number];
  return width > 0 && height > 0 ? [x, y, width, height] : null;
}

function spriteFromCue(timing: string, payload: string, indexUrl: string): Sprite | null {
  const [from = "", to = ""] = timing.split(ARROW);
  const startSeconds = vttSeconds(from);
  const endSeconds = vttSeconds(to.trim().split(/\s/)[0] ?? "");
  const [path = "", fragment = ""] = payload.split("#");
  const area = rectangle(fragment);
  if (startSeconds === null || endSeconds === null || endSeconds <= startSeconds || area === null) return null;
  if (!URL.canParse(path, indexUrl)) return null;
  const url = new URL(path, indexUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const [x, y, width, height] = area;
  return { startSeconds, endSeconds, url: url.href, x, y, width, height };
}

/** Read an index; cues that make no sense are left out, and an index without any gives an empty list. */
export function parseSpriteIndex(text: string, indexUrl: string): Sprite[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  if (!(lines[0] ?? "").startsWith("WEBVTT")) return [];
  const sprites: Sprite[] = [];
  for (let i = 1; i < lines.length && sprites.length < MAX_CUES; i += 1) {
    const line = lines[i] ?? "";
    if (!line.includes(ARROW)) continue;
    const sprite = spriteFromCue(line, (lines[i + 1] ?? "").trim(), indexUrl);
    if (sprite !== null) sprites.push(sprite);
  }
  return sprites.sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Find the thumbnail for a moment: the last one that starts at or before it, so that gaps show what came before. */
export function spriteAt(sprites: readonly Sprite[], seconds: number): Sprite | null {
  let low = 0;
  let high = sprites.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sprites[middle]?.startSeconds ?? Infinity) <= seconds) low = middle + 1;
    else high = middle;
  }
  return sprites[Math.max(0, low - 1)] ?? null;
}
