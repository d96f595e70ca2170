import { useEffect, useRef } from "react";

import { actionForKey, type Action } from "@/player/core/keymap";

type Options = { characterShortcuts: "on" | "off"; act: (action: Action) => void; enter: () => void; leave: () => void };

/** Keys that a focused control needs for itself. */
function ownsKey(target: Element, key: string): boolean {
  if (target.closest("dialog[open], [role='menu']") !== null) return true;
  if (target.matches("input[type='text'], input[type='search'], textarea, select")) return true;
  if (target.matches("button, a[href]") && (key === " " || key === "Enter")) return true;
  return target.matches("[data-own-keys]") && key.startsWith("Arrow");
}

const PRESSABLE = "button:not(:disabled), a[href], input";

/** Walk between the rows of what lies over the picture. Returns whether there are any to walk between. */
function walkRows(target: Element, key: string): boolean {
  const cover = target.closest("[data-cover]");
  if (cover === null || (key !== "ArrowUp" && key !== "ArrowDown")) return false;
  const rows = Array.from(cover.querySelectorAll("[data-button-row]"));
  const at = rows.findIndex((row) => row.contains(target));
  rows[at + (key === "ArrowDown" ? 1 : -1)]?.querySelector<HTMLElement>(PRESSABLE)?.focus();
  return true;
}

/** Walk along the row of buttons, as a remote control does. Returns whether the key was used. */
function walkButtons(target: Element, key: string): boolean {
  if (walkRows(target, key)) return true;
  const row = target.closest("[data-button-row]");
  if (row === null || (key !== "ArrowLeft" && key !== "ArrowRight" && key !== "ArrowUp")) return false;
  if (key === "ArrowUp") {
    row.parentElement?.querySelector<HTMLElement>("[data-seek]")?.focus();
    return true;
  }
  const all = Array.from(row.querySelectorAll<HTMLElement>(PRESSABLE)).filter((one) => one.getClientRects().length > 0);
  const at = all.indexOf(target as HTMLElement);
  const forward = getComputedStyle(row).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  all[at + (key === forward ? 1 : -1)]?.focus();
  return at !== -1;
}

/** Listen for the player's keys while its page is shown. */
export function useKeys(options: Options): void {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { characterShortcuts, act, enter, leave } = latest.current;
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.defaultPrevented || ownsKey(target, event.key)) return;
      if (event.key === "Escape" && document.fullscreenElement === null) {
        leave();
        return;
      }
      if (event.key === "Enter") {
        enter();
        event.preventDefault();
        return;
      }
      if (walkButtons(target, event.key)) {
        event.preventDefault();
        return;
      }
      const action = actionForKey(event, characterShortcuts);
      if (action === null) return;
      event.preventDefault();
      act(action);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
