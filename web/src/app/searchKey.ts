import { useEffect } from "react";
import { useNavigate } from "react-router";

const BOX = "[data-search-box]";

function writesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable='true'], dialog[open]") !== null;
}

/** `/` leads to the search box from anywhere, where it is not something to be typed. */
export function useSearchKey(available: boolean): void {
  const navigate = useNavigate();
  useEffect(() => {
    if (!available) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writesText(event.target)) return;
      event.preventDefault();
      const box = document.querySelector<HTMLInputElement>(BOX);
      if (box === null) void navigate("/search");
      else box.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [available, navigate]);
}
