import { useEffect, useRef, useState, useSyncExternalStore } from "react";

import { useI18n } from "@/i18n";

import { Icon } from "./icons";
import { currentToasts, dismissToast, subscribeToToasts, undoLast, type Toast } from "./toasts";

const SHOWN_MS = 9_000;

function ToastLine({ toast, held }: { toast: Toast; held: boolean }) {
  const { t } = useI18n();
  const { id, undo } = toast;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismissToast(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, held]);
  return (
    <li className={toast.alarming ? "toast toast-alarming" : "toast"}>
      <span className="toast-text">{toast.text}</span>
      {undo !== null && (
        <button
          type="button"
          className="toast-undo"
          aria-keyshortcuts="Control+Z"
          onClick={() => {
            dismissToast(id);
            undo();
          }}
        >
          {t("common.undo")}
        </button>
      )}
      <button type="button" className="toast-close" aria-label={t("common.dismiss")} onClick={() => dismissToast(id)}>
        <Icon name="close" />
      </button>
    </li>
  );
}

function writesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable='true']");
}

/** Where messages appear, read aloud as they come. They wait while somebody points at them; Ctrl+Z takes the last one back. */
export function Toasts() {
  const toasts = useSyncExternalStore(subscribeToToasts, currentToasts);
  const [held, setHeld] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const none = toasts.length === 0;
  useEffect(() => {
    if (none) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || writesText(event.target)) return;
      if (undoLast()) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [none]);
  return (
    <div
      ref={place}
      className="toasts"
      role="status"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setHeld(false);
      }}
    >
      {!none && (
        <ul>
          {toasts.map((toast) => (
            <ToastLine key={toast.id} toast={toast} held={held} />
          ))}
        </ul>
      )}
    </div>
  );
}
