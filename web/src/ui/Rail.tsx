import "./rail.css";

import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from "react";
import { Link } from "react-router";

import { useI18n } from "@/i18n";

import { Icon } from "./icons";
import { forgetColumn, walkRows } from "./rows";
import { mounted, spanOf, stepTo, type Span } from "./window";

type Ends = { start: boolean; end: boolean };

export type RailProps = {
  name: ReactNode;
  /** How many tiles there are. */
  count: number;
  keyOf: (index: number) => string;
  /** One tile; its link takes `tabIndex` and `data-tile`, as one tile of a row is in the order of Tab. */
  tile: (index: number, tabIndex: 0 | -1) => ReactNode;
  /** What the tiles are like: sets their width. */
  look?: "tall" | "wide" | "ranked";
  note?: string | null;
  seeAll?: { to: string; label: string } | null;
  testId?: string;
};

function sizeOf(track: HTMLElement): { step: number; width: number } {
  const item = track.querySelector<HTMLElement>(":scope > li");
  const gap = Number.parseFloat(getComputedStyle(track).columnGap);
  return { step: item === null ? 0 : item.offsetWidth + (Number.isFinite(gap) ? gap : 0), width: track.clientWidth };
}

function endsOf(track: HTMLElement): Ends {
  const scrolled = Math.abs(track.scrollLeft);
  return { start: scrolled <= 4, end: scrolled + track.clientWidth >= track.scrollWidth - 4 };
}

/** Before anything is measured: enough narrow tiles for this window. */
function firstSpan(count: number): Span {
  return spanOf(0, window.innerWidth, 150, count);
}

/** Follow a row's scrolling: which tiles are near, and whether it is at its ends. */
function useTrack(count: number) {
  const track = useRef<HTMLUListElement>(null);
  const [span, setSpan] = useState<Span>(() => firstSpan(count));
  const [ends, setEnds] = useState<Ends>({ start: true, end: false });
  useEffect(() => {
    const element = track.current;
    if (element === null) return;
    let frame = 0;
    const read = () => {
      frame = 0;
      const { step, width } = sizeOf(element);
      const next = spanOf(element.scrollLeft, width, step, count);
      setSpan((old) => (old.from === next.from && old.to === next.to ? old : next));
      const now = endsOf(element);
      setEnds((old) => (old.start === now.start && old.end === now.end ? old : now));
    };
    const later = () => {
      if (frame === 0) frame = requestAnimationFrame(read);
    };
    const observer = new ResizeObserver(later);
    observer.observe(element);
    element.addEventListener("scroll", later, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      element.removeEventListener("scroll", later);
    };
  }, [count]);
  return { track, span, ends };
}

/** Which tile of a row is the one that Tab reaches, and moving it by keys, also to tiles that are not there yet. */
function useRoving(track: React.RefObject<HTMLUListElement | null>, count: number) {
  const { direction } = useI18n();
  const [chosen, setChosen] = useState(0);
  const wish = useRef<number | null>(null);
  const at = Math.min(chosen, Math.max(count - 1, 0));

  useLayoutEffect(() => {
    if (wish.current === null) return;
    const tile = track.current?.querySelector<HTMLElement>(`:scope > [data-index="${wish.current}"] [data-tile]`);
    if (tile === null || tile === undefined) return;
    wish.current = null;
    tile.focus({ preventScroll: true });
    tile.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  const held = useRef<Element | null>(null);
  useLayoutEffect(() => {
    // What held focus is gone with its tile: the one that took its place takes it up.
    if (held.current === null || held.current.isConnected || document.activeElement !== document.body) return;
    held.current = null;
    track.current?.querySelector<HTMLElement>(`:scope > [data-index="${at}"] [data-tile]`)?.focus({ preventScroll: true });
  }, [count, at, track]);

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const from = event.target;
    if (!(from instanceof HTMLElement) || !from.matches("[data-tile]") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (walkRows(from, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
      return;
    }
    const target = stepTo(event.key, at, count, direction);
    if (target === null) return;
    event.preventDefault();
    forgetColumn();
    if (target === at) return;
    wish.current = target;
    setChosen(target);
  };
  const onFocusAt = useCallback((index: number) => {
    held.current = document.activeElement;
    setChosen(index);
  }, []);
  return { at, onKeyDown, onFocusAt };
}

/**
 * One row of tiles, as long as it likes: only what is near is mounted, in a grid that keeps the place of the rest.
 *
 * A finger swipes it, a mouse has arrows, keys and remotes walk it; Up and Down lead to the rows around it.
 */
export function Rail({ name, count, keyOf, tile, look = "tall", note, seeAll, testId }: RailProps) {
  const id = useId();
  const { t } = useI18n();
  const { track, span, ends } = useTrack(count);
  const { at, onKeyDown, onFocusAt } = useRoving(track, count);
  const page = (step: 1 | -1) => {
    const element = track.current;
    if (element === null) return;
    const forward = getComputedStyle(element).direction === "rtl" ? -1 : 1;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollBy({ left: step * forward * element.clientWidth * 0.85, behavior: calm ? "auto" : "smooth" });
  };
  const columns: CSSProperties = { gridTemplateColumns: `repeat(${count}, var(--tile))` };
  return (
    <section className={`rail rail-${look}`} aria-labelledby={id} data-rail={testId ?? ""}>
      <div className="rail-head">
        <h2 id={id}>{name}</h2>
        {note !== null && note !== undefined && <p className="rail-note">{note}</p>}
        {seeAll !== null && seeAll !== undefined && (
          <Link className="rail-all" to={seeAll.to} aria-label={seeAll.label}>
            {t("home.see-all")}
            <span className="turns">
              <Icon name="right" />
            </span>
          </Link>
        )}
        <div className={ends.start && ends.end ? "rail-arrows rail-arrows-idle" : "rail-arrows"} aria-hidden="true">
          <button type="button" className="rail-arrow turns" tabIndex={-1} disabled={ends.start} onClick={() => page(-1)} title={t("home.previous")}>
            <Icon name="left" />
          </button>
          <button type="button" className="rail-arrow turns" tabIndex={-1} disabled={ends.end} onClick={() => page(1)} title={t("home.next")}>
            <Icon name="right" />
          </button>
        </div>
      </div>
      {/* The keys are for the links inside; the list itself is no control. */}
      <ul ref={track} className="rail-track" style={columns} onKeyDown={onKeyDown}>
        {mounted(span, at, count).map((index) => (
          <li key={keyOf(index)} data-index={index} aria-setsize={count} aria-posinset={index + 1} style={{ gridColumnStart: index + 1 }} onFocus={() => onFocusAt(index)} onPointerDown={forgetColumn}>
            {tile(index, index === at ? 0 : -1)}
          </li>
        ))}
      </ul>
    </section>
  );
}
