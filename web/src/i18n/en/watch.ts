export const watch = {
  "watch.pause": "Pause",
} as const;
