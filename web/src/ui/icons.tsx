import type { ReactNode } from "react";

const shapes = {
  play: <path d="M7 4.5v15l13-7.5z" fill="currentColor" stroke="none" />,
  pause: <path d="M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z" fill="currentColor" stroke="none" />,
  back: <path d="M4.5 5v5h5M5 10a8 8 0 1 1-.8 4.5" />,
  forward: <path d="M19.5 5v5h-5M19 10a8 8 0 1 0 .8 4.5" />,
  volume: <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />,
  muted: <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5" />,
  settings: <path d="M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5" />,
  subtitles: <path d="M3.5 5.5h17v13h-17zM7 14.5h4M13.5 14.5h3.5M7 11h2.5M11.5 11h5.5" />,
  sound: <path d="M4 12v1M8 8v8M12 5v14M16 8v8M20 11v2" />,
  speed: <path d="M4.5 17.5a9 9 0 1 1 15 0M12 14l4-5" />,
  fullscreen: <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />,
  windowed: <path d="M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5" />,
  pip: <path d="M3.5 5h17v14h-17zM12 12h6v4.5h-6z" />,
  help: <path d="M9.3 9.2a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.5 1.2-1.5 2.4M12 17.2v.3M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z" />,
  stats: <path d="M5 20v-6M10 20V9M15 20v-9M20 20V4" />,
  left: <path d="M15 5l-7 7 7 7" />,
  right: <path d="M9 5l7 7-7 7" />,
  down: <path d="M5 9l7 7 7-7" />,
  lock: <path d="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3" />,
  pencil: <path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.500l3.5 3.5" />,
  plus: <path d="M12 5v14M5 12h14" />,
  erase: <path d="M9 5h11v14H9l-6-7zM12 9.500l5 5M17 9.500l-5 5" />,
  key: <path d="M14.5 4a5.5 5.5 0 1 1-4.8 8.200L3.5 18.500V21H7v-2.500h2.500V16l1.8-1.800M16 8.500v.2" />,
  screen: <path d="M3 5h18v12H3zM8 21h8M12 17v4" />,
  copy: <path d="M9 9h11v11H9zM5 15H4V4h11v1" />,
  download: <path d="M12 4v11.500M7 11l5 5 5-5M4.5 19.500h15" />,
  print: <path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z" />,
  close: <path d="M6 6l12 12M18 6L6 18" />,
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  upload: <path d="M12 16V4.5M7 9l5-5 5 5M4.5 15.5v4h15v-4" />,
  next: <path d="M6 5v14l10-7zM19 5v14" />,
  info: <path d="M12 11v6M12 7.2v.3M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z" />,
  search: <path d="M10.5 3.500a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM15.6 15.600l5 5" />,
  home: <path d="M3.500 11.500L12 4l8.500 7.500M6 9.800V20h4.500v-6h3v6H18V9.800" />,
  bookmark: <path d="M6 3.500h12V21l-6-4.600L6 21z" />,
  clock: <path d="M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 7v5.200l3.500 2" />,
  grid: <path d="M4 4h6.500v6.500H4zM13.500 4H20v6.500h-6.500zM4 13.500h6.500V20H4zM13.500 13.500H20V20h-6.500z" />,
  "thumb-up": <path d="M3.500 10.500h4V20h-4zM7.500 11L11.500 3.500c1.800 0 2.600 1.300 2.300 2.900L13 9.500h5.600c1.300 0 2.200 1.200 1.900 2.400l-1.600 6.300c-.3 1.100-1.200 1.800-2.300 1.800H7.500" />,
  "thumb-down": <path d="M3.500 13.500h4V4h-4zM7.500 13l4 7.500c1.800 0 2.600-1.300 2.300-2.900L13 14.500h5.600c1.300 0 2.200-1.200 1.900-2.400l-1.600-6.300C18.600 4.700 17.700 4 16.600 4H7.500" />,
  heart: <path d="M12 20S3.500 15 3.500 9a4.600 4.600 0 0 1 8.500-2.400A4.600 4.600 0 0 1 20.500 9c0 6-8.500 11-8.500 11z" />,
  person: <path d="M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.500 20.500c.6-4 3.700-6 7.500-6s6.900 2 7.500 6" />,
  grip: <path d="M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01" strokeWidth="3" />,
  up: <path d="M5 15l7-7 7 7" />,
  top: <path d="M5 4.500h14M6 15l6-6 6 6M12 9v11" />,
  warning: <path d="M12 4l9 16H3zM12 10v5M12 17.5v.2" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

/** A picture beside words or inside a labelled control; never the only name of a thing. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}
