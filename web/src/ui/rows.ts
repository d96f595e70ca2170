/** Walking between rows by keys: the row above and below, at the column where somebody is. */

const ROW = "[data-rail]";
const TILE = "[data-tile]";

/** Where on the screen (x, in pixels) the walk up and down goes on; kept until somebody moves sideways. */
let column: number | null = null;

export function forgetColumn(): void {
  column = null;
}

function middle(element: Element): number {
  const box = element.getBoundingClientRect();
  return box.left + box.width / 2;
}

function nearestTile(row: Element, x: number): HTMLElement | null {
  let best: HTMLElement | null = null;
  let distance = Infinity;
  for (const tile of row.querySelectorAll<HTMLElement>(TILE)) {
    const box = tile.getBoundingClientRect();
    if (box.width === 0 || box.right < 0 || box.left > window.innerWidth) continue;
    const far = Math.abs(box.left + box.width / 2 - x);
    if (far < distance) [best, distance] = [tile, far];
  }
  return best;
}

/** Go to the row after (1) or before (-1) the one that holds `from`; outside of rows, to the first. False when there is none. */
export function walkRows(from: HTMLElement, step: 1 | -1): boolean {
  const rows = Array.from(document.querySelectorAll(ROW));
  const here = from.closest(ROW);
  const next = here === null ? rows[0] : rows[rows.indexOf(here) + step];
  if (next === undefined) return false;
  column ??= middle(from);
  const target = nearestTile(next, column);
  if (target === null) return false;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}
