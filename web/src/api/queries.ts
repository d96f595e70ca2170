/** Names under which answers are kept, so that whoever changes a thing can say what is stale. */
export const keys = {
  browse: ["browse"] as const,
  title: (id: string) => ["title", id] as const,
  session: ["session"] as const,
  jobs: ["jobs"] as const,
  job: (id: string) => ["jobs", id] as const,
  studioTitles: (q: string) => ["studio-titles", q] as const,
  allStudioTitles: ["studio-titles"] as const,
  candidates: (id: string) => ["candidates", id] as const,
};
