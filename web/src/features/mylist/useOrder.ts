import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import type { ListItem } from "@/api/lists";

import { moved, placeAt } from "./model";

/** How near to the window's edge a drag scrolls on, in pixels, and how far with each move. */
const EDGE = 70;
const STEP = 18;

type Drag = { id: string; to: number };

function placeOf(items: readonly ListItem[], id: string): number {
  return items.findIndex((one) => one.card.title_id === id);
}

function rowBoxes(list: HTMLElement): { top: number; height: number }[] {
  return Array.from(list.querySelectorAll<HTMLElement>(":scope > li"), (row) => ({ top: row.offsetTop, height: row.offsetHeight }));
}

function scrollNearEdge(y: number): void {
  if (y < EDGE) window.scrollBy(0, -STEP);
  else if (y > window.innerHeight - EDGE) window.scrollBy(0, STEP);
}

/**
 * Bringing a list into an order by dragging handles, and by arrows on them.
 *
 * `onMove` is told when a drag ends and with each arrow. Escape drops a drag, and takes arrows back to where they began.
 * `now` gives the order as it is: keys come faster than pages are told of it, and what was let go of stays where it was dropped.
 */
export function useOrder(now: () => readonly ListItem[], onMove: (item: ListItem, to: number) => void) {
  const list = useRef<HTMLOListElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const began = useRef<{ id: string; at: number } | null>(null);
  const items = now();
  const shown = drag === null ? items : moved(items, placeOf(items, drag.id), drag.to);

  const handle = (item: ListItem) => {
    const id = item.card.title_id;
    const at = placeOf(items, id);
    return {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ id, to: at });
      },
      onPointerMove: (event: PointerEvent) => {
        if (drag?.id !== id || list.current === null) return;
        scrollNearEdge(event.clientY);
        const y = event.clientY - list.current.getBoundingClientRect().top;
        setDrag({ ...drag, to: placeAt(y, rowBoxes(list.current)) });
      },
      onPointerUp: () => {
        if (drag?.id === id && drag.to !== at) onMove(item, drag.to);
        setDrag(null);
      },
      onPointerCancel: () => setDrag(null),
      onFocus: () => {
        if (began.current?.id !== id) began.current = { id, at };
      },
      onBlur: () => {
        began.current = null;
      },
      onKeyDown: (event: KeyboardEvent) => {
        const place = placeOf(now(), id);
        if (event.key === "Escape" && drag !== null) setDrag(null);
        else if (event.key === "Escape" && began.current !== null && began.current.at !== place) onMove(item, began.current.at);
        else if (event.key === "ArrowUp" && place > 0) onMove(item, place - 1);
        else if (event.key === "ArrowDown" && place >= 0 && place < now().length - 1) onMove(item, place + 1);
        else if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
        event.preventDefault();
      },
    };
  };
  return { list, shown, handle, dragged: drag?.id ?? null };
}
