/** Which tiles of a long row are near enough to be there. */

export type Span = { from: number; to: number };

/** How many tiles stand ready on each side of what is in view. */
export const SPARE = 4;

/** The tiles to mount, `to` exclusive. `scrolled` and `step` in pixels; at least one tile is in view. */
export function spanOf(scrolled: number, width: number, step: number, count: number): Span {
  if (step <= 0) return { from: 0, to: Math.min(count, 2 * SPARE) };
  const first = Math.floor(Math.abs(scrolled) / step);
  const inView = Math.ceil(width / step) + 1;
  const from = Math.max(0, Math.min(first, count - 1) - SPARE);
  return { from, to: Math.min(count, first + inView + SPARE) };
}

/** The indices of a span, with one more wherever focus is, so that a tile which holds it never goes. */
export function mounted({ from, to }: Span, focused: number, count: number): number[] {
  const wanted = new Set<number>();
  for (let index = from; index < to; index += 1) wanted.add(index);
  for (const index of [focused - 1, focused, focused + 1]) if (index >= 0 && index < count) wanted.add(index);
  return [...wanted].sort((a, b) => a - b);
}

/** Where an arrow or Home or End leads in a row; null for other keys. Arrows follow the eye, whichever way the page reads. */
export function stepTo(key: string, at: number, count: number, direction: "ltr" | "rtl"): number | null {
  const forward = direction === "rtl" ? -1 : 1;
  const targets: Record<string, number> = { ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: count - 1 };
  const target = targets[key];
  return target === undefined ? null : Math.max(0, Math.min(target, count - 1));
}
