export const title = {
  "title.episodes": "Episodes",
} as const;
