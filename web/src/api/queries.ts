/** Names under which answers are kept, so that whoever changes a thing can say what is stale. */
export const keys = {
  browse: ["browse"] as const,
  home: ["home"] as const,
  homeRow: (id: string) => ["home-row", id] as const,
  search: (q: string) => ["search", q] as const,
  suggestions: (q: string) => ["suggestions", q] as const,
  genres: ["genres"] as const,
  person: (id: string) => ["person", id] as const,
  myList: ["my-list"] as const,
  thumbs: ["thumbs"] as const,
  /** What a profile has of one title, and of all. */
  mine: (id: string) => ["mine", id] as const,
  allMine: ["mine"] as const,
  history: ["history"] as const,
  title: (id: string) => ["title", id] as const,
  /** Who is here; everything else depends on it and is dropped when it changes. */
  member: ["member"] as const,
  /** The operator key's own session. */
  session: ["session"] as const,
  setup: ["setup"] as const,
  oidc: ["oidc"] as const,
  devices: ["account", "devices"] as const,
  passkeys: ["account", "passkeys"] as const,
  activity: ["account", "activity"] as const,
  pairing: (code: string) => ["account", "pairing", code] as const,
  jobs: ["jobs"] as const,
  job: (id: string) => ["jobs", id] as const,
  studioTitles: (q: string) => ["studio-titles", q] as const,
  allStudioTitles: ["studio-titles"] as const,
  candidates: (id: string) => ["candidates", id] as const,
};
