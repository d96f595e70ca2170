/** Names under which answers are kept, so that whoever changes a thing can say what is stale. */
export const keys = {
  browse: ["browse"] as const,
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
