import { useEffect, useRef } from "react";

type Props = { onNear: () => void; active: boolean };

/** The end of what is loaded: asks for more a window's height before it is reached. */
export function Sentinel({ onNear, active }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const near = useRef(onNear);
  useEffect(() => {
    near.current = onNear;
  });
  useEffect(() => {
    if (place.current === null || !active) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) near.current();
    }, { rootMargin: "100% 0px" });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [active]);
  return <div ref={place} className="sentinel" aria-hidden="true" />;
}
