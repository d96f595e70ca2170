import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from "react";

export type MenuItem = { id: string; label: string; active: boolean; choose: () => void };

type Props = { label: string; face: ReactNode; items: readonly MenuItem[]; open: boolean; setOpen: (open: "open" | "closed") => void; testId?: string };

function moveWithin(list: HTMLElement, key: string): boolean {
  const items = Array.from(list.querySelectorAll<HTMLElement>("[role='menuitemradio']"));
  const at = items.indexOf(document.activeElement as HTMLElement);
  const targets: Record<string, number> = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 };
  const target = targets[key];
  if (target === undefined) return false;
  items[target]?.focus();
  return true;
}

/** A button that opens a list of which one is chosen. Arrow keys walk, Enter chooses, Escape closes. */
export function Menu({ label, face, items, open, setOpen, testId }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const chosen = list.current?.querySelector<HTMLElement>("[aria-checked='true']") ?? list.current?.querySelector<HTMLElement>("[role='menuitemradio']");
    chosen?.focus();
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && list.current?.contains(event.target) !== true && button.current?.contains(event.target) !== true) setOpen("closed");
    };
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open, setOpen]);

  const close = () => {
    setOpen("closed");
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Tab") {
      setOpen("closed");
      return;
    } else if (list.current === null || !moveWithin(list.current, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="menu">
      <button ref={button} type="button" className="player-button" aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} aria-label={label} data-testid={testId} onClick={() => setOpen(open ? "closed" : "open")}>
        {face}
      </button>
      {open && (
        <div ref={list} id={id} className="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <button
              key={item.id}
              type="button"
              role="menuitemradio"
              aria-checked={item.active}
              tabIndex={-1}
              onClick={() => {
                item.choose();
                close();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
