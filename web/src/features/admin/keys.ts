export const adminKeys = {
  accounts: (q: string, role: string) => ["admin", "accounts", q, role] as const,
  allAccounts: ["admin", "accounts"] as const,
  member: (id: string) => ["admin", "member", id] as const,
  billing: (id: string) => ["admin", "billing", id] as const,
  streams: (id: string) => ["admin", "streams", id] as const,
  allStreams: ["admin", "streams"] as const,
  plans: ["admin", "plans"] as const,
  coupons: ["admin", "coupons"] as const,
  books: ["admin", "books"] as const,
  violations: ["admin", "violations"] as const,
  audit: (what: string) => ["admin", "audit", what] as const,
};
