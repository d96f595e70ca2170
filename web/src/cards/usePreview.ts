import { useCallback, useEffect, useRef, useState, type FocusEvent, type KeyboardEvent, type PointerEvent } from "react";

import type { Why } from "./place";

const HOVER_MS = 550;
const FOCUS_MS = 800;
const LEAVE_MS = 160;

/** When a tile shows its preview: after a moment of pointing at it or of focus on it; Escape and leaving close it. */
export function usePreview() {
  const anchor = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [shown, setShown] = useState<Why | null>(null);
  const close = useCallback(() => {
    clearTimeout(timer.current);
    setShown(null);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  const soon = (why: Why, wait: number) => {
    clearTimeout(timer.current);
    if (!document.documentElement.classList.contains("kids")) timer.current = setTimeout(() => setShown((now) => now ?? why), wait);
  };
  const frame = {
    ref: anchor,
    onPointerEnter: (event: PointerEvent) => {
      if (event.pointerType === "mouse") soon("pointer", HOVER_MS);
    },
    onPointerLeave: () => {
      clearTimeout(timer.current);
      if (shown === "pointer") timer.current = setTimeout(close, LEAVE_MS);
    },
    onFocus: (event: FocusEvent) => {
      if (shown === null && event.target instanceof HTMLElement && event.target.matches("[data-tile]:focus-visible")) soon("focus", FOCUS_MS);
    },
    onBlur: (event: FocusEvent) => {
      if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return;
      if (shown !== "pointer") close();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Escape" || shown === null) return;
      event.stopPropagation();
      close();
      anchor.current?.querySelector<HTMLElement>("[data-tile]")?.focus({ preventScroll: true });
    },
  };
  return { anchor, frame, shown, close };
}
