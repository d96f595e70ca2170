import { useEffect } from "react";

/** Moving the focus with the arrow keys of a remote control, by where things stand on the screen. */

export type Direction = "left" | "right" | "up" | "down";
export type Box = { left: number; right: number; top: number; bottom: number };

const KEYS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled)";
/** A step sideways off the line of travel costs as much as this many steps along it. */
const SIDEWAYS_COST = 2.2;

function gap(fromLow: number, fromHigh: number, toLow: number, toHigh: number): number {
  if (toLow > fromHigh) return toLow - fromHigh;
  if (toHigh < fromLow) return fromLow - toHigh;
  return 0;
}

/** How far a box lies in a direction; null when it does not lie there at all. Smaller is nearer. */
export function distance(from: Box, to: Box, direction: Direction): number | null {
  const slack = 2;
  const along = { left: from.left - to.right, right: to.left - from.right, up: from.top - to.bottom, down: to.top - from.bottom }[direction];
  if (along < -slack) return null;
  const across =
    direction === "left" || direction === "right"
      ? gap(from.top, from.bottom, to.top, to.bottom)
      : gap(from.left, from.right, to.left, to.right);
  // Sideways moves stay on their line: the next row is reached by down, never by the end of a row.
  if ((direction === "left" || direction === "right") && across > 0) return null;
  return Math.max(along, 0) + across * SIDEWAYS_COST;
}

/** Pick the nearest of some boxes in a direction; -1 when there is none. */
export function nearest(from: Box, boxes: readonly Box[], direction: Direction): number {
  let best = -1;
  let bestDistance = Infinity;
  boxes.forEach((box, index) => {
    const far = distance(from, box, direction);
    if (far !== null && far < bestDistance) {
      best = index;
      bestDistance = far;
    }
  });
  return best;
}

const LINES = "input[type='text'], input[type='email'], input[type='password']";

/** Whether a control needs the arrow for itself. A single line of text has no use for up and down. */
function takesArrows(element: Element, direction: Direction): boolean {
  if (element.matches(LINES) && (direction === "up" || direction === "down")) return false;
  return element.matches("input, select, textarea, [role='slider'], [role='menu'] *, video");
}

/** What can be walked to: inside an open dialog, only what is in it. */
function reachable(): HTMLElement[] {
  const place = document.querySelector("dialog[open]") ?? document;
  return Array.from(place.querySelectorAll<HTMLElement>(FOCUSABLE)).filter(
    (element) => element.tabIndex >= 0 && element.getClientRects().length > 0 && !element.matches(".skip-link"),
  );
}

function moveFocus(direction: Direction): boolean {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || takesArrows(active, direction)) return false;
  const others = reachable().filter((element) => element !== active);
  if (active === document.body || active.tabIndex < 0) {
    const first = others.find((element) => element.closest("main") !== null);
    if (first === undefined || window.scrollY > 8) return false;
    first.focus();
    return true;
  }
  const index = nearest(active.getBoundingClientRect(), others.map((element) => element.getBoundingClientRect()), direction);
  const next = others[index];
  if (next === undefined) return false;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}

/** Let the arrow keys walk over everything that can be pressed, while the page that uses this is shown. */
export function useSpatialNavigation(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const direction = KEYS[event.key];
      if (direction === undefined || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (moveFocus(direction)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
