import { useEffect, useState, type RefObject } from "react";

/** Whether the player fills the screen, and how to change that. */
export function useFullscreen(frame: RefObject<HTMLElement | null>): { fullscreen: "full" | "window"; toggle: () => void } {
  const [fullscreen, setFullscreen] = useState<"full" | "window">("window");
  useEffect(() => {
    const onChange = () => setFullscreen(document.fullscreenElement === null ? "window" : "full");
    document.addEventListener("fullscreenchange", onChange);
    return () => document.removeEventListener("fullscreenchange", onChange);
  }, []);
  const toggle = () => {
    const done = document.fullscreenElement === null ? frame.current?.requestFullscreen() : document.exitFullscreen();
    done?.catch(() => setFullscreen("window"));
  };
  return { fullscreen, toggle };
}
