/** Where a preview goes. All boxes in CSS pixels of the window. */

export type Box = { left: number; top: number; width: number; height: number };
export type Spot = { left: number; top: number };
export type Why = "pointer" | "focus";

const EDGE = 12;
const APART = 20;

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, Math.max(low, high)));
}

/**
 * A pointer gets the preview over the tile it points at. Focus must stay in sight: there it goes below the tile, else
 * above, else beside; null where there is no room that leaves the tile free.
 */
export function placePreview(tile: Box, size: { width: number; height: number }, view: { width: number; height: number }, top: number, why: Why): Spot | null {
  const middle = clamp(tile.left + tile.width / 2 - size.width / 2, EDGE, view.width - size.width - EDGE);
  if (why === "pointer") return { left: middle, top: clamp(tile.top + tile.height / 2 - size.height / 2, top + EDGE, view.height - size.height - EDGE) };
  const below = tile.top + tile.height + APART;
  if (below + size.height <= view.height - EDGE) return { left: middle, top: below };
  const above = tile.top - APART - size.height;
  if (above >= top + EDGE) return { left: middle, top: above };
  const level = clamp(tile.top + tile.height / 2 - size.height / 2, top + EDGE, view.height - size.height - EDGE);
  const after = tile.left + tile.width + APART;
  if (after + size.width <= view.width - EDGE) return { left: after, top: level };
  const before = tile.left - APART - size.width;
  return before >= EDGE ? { left: before, top: level } : null;
}
