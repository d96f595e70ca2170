/** Names under which billing's answers are kept. All begin alike, so that one change makes all of them stale. */
export const billingKeys = {
  all: ["billing"] as const,
  plans: ["plans"] as const,
  subscription: ["billing", "subscription"] as const,
  methods: ["billing", "methods"] as const,
  invoices: ["billing", "invoices"] as const,
  provider: ["billing", "provider"] as const,
  quote: (plan: string | null, currency: string, coupon: string) => ["billing", "quote", plan, currency, coupon] as const,
};
