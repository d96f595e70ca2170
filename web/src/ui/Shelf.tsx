import { useEffect, useId, useRef, useState, type FocusEvent, type ReactNode } from "react";

import { Icon } from "./icons";

type Ends = { start: boolean; end: boolean };

function endsOf(track: HTMLElement): Ends {
  return { start: track.scrollLeft <= 4, end: track.scrollLeft + track.clientWidth >= track.scrollWidth - 4 };
}

/** A browser leaves a card that is half in view where it is; whoever walks by keys wants to see all of it. */
function showWhole(event: FocusEvent): void {
  event.target.closest("li")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** One row of a browse page. The arrows are for a mouse: keys and remotes move the focus, which scrolls by itself. */
export function Shelf({ name, children }: { name: string; children: ReactNode }) {
  const track = useRef<HTMLUListElement>(null);
  const [ends, setEnds] = useState<Ends>({ start: true, end: true });
  const id = useId();

  useEffect(() => {
    const element = track.current;
    if (element === null) return;
    const read = () => setEnds(endsOf(element));
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [children]);

  const page = (direction: 1 | -1) =>
    track.current?.scrollBy({ left: direction * track.current.clientWidth * 0.85, behavior: "smooth" });

  return (
    <section className="shelf" aria-labelledby={id}>
      <div className="shelf-head">
        <h2 id={id}>{name}</h2>
        {!(ends.start && ends.end) && (
          <div className="shelf-arrows" aria-hidden="true">
            <button type="button" className="shelf-arrow" tabIndex={-1} disabled={ends.start} onClick={() => page(-1)}>
              <Icon name="left" />
            </button>
            <button type="button" className="shelf-arrow" tabIndex={-1} disabled={ends.end} onClick={() => page(1)}>
              <Icon name="right" />
            </button>
          </div>
        )}
      </div>
      <ul className="shelf-track" ref={track} onFocus={showWhole}>
        {children}
      </ul>
    </section>
  );
}
