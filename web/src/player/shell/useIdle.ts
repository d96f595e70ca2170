import { useCallback, useEffect, useRef, useState } from "react";

const POINTER_IDLE_MS = 3000;
const KEYBOARD_IDLE_MS = 7000;

/** Whether nobody has touched anything for a while. `awake` is false while playing undisturbed. */
export function useIdle(hold: "hold" | "release"): { awake: boolean; stir: (by: "pointer" | "keys") => void; sleep: () => void } {
  const [awake, setAwake] = useState(true);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const stir = useCallback((by: "pointer" | "keys") => {
    setAwake(true);
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => setAwake(false), by === "pointer" ? POINTER_IDLE_MS : KEYBOARD_IDLE_MS);
  }, []);
  const sleep = useCallback(() => setAwake(false), []);

  useEffect(() => {
    const onKey = () => stir("keys");
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      if (timer.current !== null) clearTimeout(timer.current);
    };
  }, [stir]);

  return { awake: awake || hold === "hold", stir, sleep };
}
