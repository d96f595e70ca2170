/** A list with the item at one place moved to another. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  if (from >= items.length) return [...items];
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)];
}

/** The place of which the middle is nearest to where somebody drags; `y` and the boxes in the same pixels. */
export function placeAt(y: number, boxes: readonly { top: number; height: number }[]): number {
  let best = 0;
  let distance = Infinity;
  boxes.forEach(({ top, height }, index) => {
    const far = Math.abs(top + height / 2 - y);
    if (far < distance) [best, distance] = [index, far];
  });
  return best;
}
