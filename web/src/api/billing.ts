import { call, command, query, segment } from "./http";
import { problemFromResponse, problemFromThrown } from "./problem";

/** Plans, subscriptions, payment methods and invoices. Money is whole minor units. */

const BILLING = "/api/v1/billing";
/** The service itself waits for the payment processor this long and more. */
const PAYING_MS = 45_000;
const TOKEN_MS = 20_000;

export type Plan = {
  plan_id: string;
  name: string;
  description: string;
  /** A month's, by currency. */
  prices: Record<string, number>;
  max_height: number;
  streams: number;
  download_devices: number;
  trial_days: number;
  listed: boolean;
  rank: number;
};

export type SubscriptionState = "none" | "incomplete" | "incomplete_expired" | "trialing" | "active" | "past_due" | "unpaid" | "paused" | "canceled";
export type PaymentMethod = { method_id: string; brand: string; last4: string; expiry_month: number; expiry_year: number; preferred: boolean };
export type Discount = { code: string; percent: number | null; amount: number | null; periods_left: number | null };
export type Line = { description: string; amount: number };
export type NextCharge = { amount: number; at: string; lines: Line[] };

export type Subscription = {
  state: SubscriptionState;
  plan: Plan | null;
  pending_plan: Plan | null;
  currency: string;
  price: number;
  trial_ends_at: string | null;
  trial_available: boolean;
  period_start: string | null;
  period_end: string | null;
  paid_through: string | null;
  cancel_at_period_end: boolean;
  paused: boolean;
  pause_at_period_end: boolean;
  past_due_since: string | null;
  next_retry_at: string | null;
  grace_until: string | null;
  hold_until: string | null;
  amount_owed: number;
  discount: Discount | null;
  gift_balance: number;
  credit_balance: number;
  payment_method: PaymentMethod | null;
  payment_pending: boolean;
  next_charge: NextCharge | null;
};

export type Quote = { currency: string; lines: Line[]; due_now: number; next_charge: NextCharge | null };
export type Challenge = { payment_id: string; challenge_url: string };
/** What a request about money came to: done, or not decided before the member or the bank does something. */
export type Outcome = Subscription | Challenge;

export type Provider = { provider: "sandbox" | "stripe"; tokenize_url?: string; publishable_key?: string };
/** A reversal corrects a credit note whose money came back. */
export type PaperKind = "invoice" | "credit-note" | "reversal";
export type InvoiceLink = { invoice_id: string; number: string; kind: PaperKind; issued_at: string; currency: string; total: number; html_url: string; pdf_url: string };
export type InvoicePage = { items: InvoiceLink[]; next_cursor: string | null };

export function isChallenge(outcome: Outcome): outcome is Challenge {
  return "challenge_url" in outcome;
}

/** Names one wish of a person: repeated with the same key, it is carried out once. */
function keyed(key: string): Record<string, string> {
  return { "Idempotency-Key": key };
}

export async function listPlans(signal?: AbortSignal): Promise<Plan[]> {
  const { items } = await call<{ items: Plan[] }>("/api/v1/plans", { signal });
  return items;
}

export function getSubscription(signal?: AbortSignal): Promise<Subscription> {
  return call<Subscription>(`${BILLING}/subscription`, { signal });
}

export type QuoteRequest = { plan_id?: string; currency?: string; coupon?: string };

export function getQuote(wanted: QuoteRequest, signal?: AbortSignal): Promise<Quote> {
  return call<Quote>(`${BILLING}/quote`, { method: "POST", json: wanted, signal });
}

export type NewSubscription = { plan_id: string; currency: string; payment_method_token?: string; coupon?: string; trial: boolean };

export function subscribe(wanted: NewSubscription, key: string): Promise<Outcome> {
  return call<Outcome>(`${BILLING}/subscription`, { method: "POST", json: wanted, headers: keyed(key), timeoutMs: PAYING_MS });
}

export function changePlan(planId: string, key: string): Promise<Outcome> {
  return call<Outcome>(`${BILLING}/subscription/change`, { method: "POST", json: { plan_id: planId }, headers: keyed(key), timeoutMs: PAYING_MS });
}

export function dropPlanChange(key: string): Promise<Outcome> {
  return call<Outcome>(`${BILLING}/subscription/change`, { method: "DELETE", headers: keyed(key) });
}

export type PlanStep = "cancel" | "resume" | "pause" | "unpause" | "pay";

export function takeStep(step: PlanStep, key: string): Promise<Outcome> {
  return call<Outcome>(`${BILLING}/subscription/${step}`, { method: "POST", headers: keyed(key), timeoutMs: PAYING_MS });
}

export async function listPaymentMethods(signal?: AbortSignal): Promise<PaymentMethod[]> {
  const { items } = await call<{ items: PaymentMethod[] }>(`${BILLING}/payment-methods`, { signal });
  return items;
}

export function addPaymentMethod(token: string, key: string): Promise<PaymentMethod> {
  return call<PaymentMethod>(`${BILLING}/payment-methods`, { method: "POST", json: { token }, headers: keyed(key), timeoutMs: PAYING_MS });
}

export function removePaymentMethod(id: string, key: string): Promise<void> {
  return command(`${BILLING}/payment-methods/${segment(id)}`, { method: "DELETE", headers: keyed(key) });
}

export function preferPaymentMethod(id: string, key: string): Promise<PaymentMethod> {
  return call<PaymentMethod>(`${BILLING}/payment-methods/${segment(id)}/default`, { method: "POST", headers: keyed(key) });
}

export function redeemGift(code: string, key: string): Promise<Subscription> {
  return call<Subscription>(`${BILLING}/gifts/redeem`, { method: "POST", json: { code }, headers: keyed(key) });
}

export function listInvoices(cursor: string | null, signal?: AbortSignal): Promise<InvoicePage> {
  return call<InvoicePage>(`${BILLING}/invoices${query({ limit: 25, cursor })}`, { signal });
}

export const BILLING_EXPORT_PATH = `${BILLING}/export`;

export function getProvider(signal?: AbortSignal): Promise<Provider> {
  return call<Provider>(`${BILLING}/provider`, { signal });
}

export type Card = { number: string; exp_month: number; exp_year: number; cvc: string };

/** Give a card to the processor, and to nobody else; what comes back stands for it once. */
export async function tokenizeCard(url: string, card: Card): Promise<string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify(card),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TOKEN_MS),
    });
    if (!response.ok) throw await problemFromResponse(response);
    const { token } = (await response.json()) as { token: string };
    return token;
  } catch (thrown) {
    throw problemFromThrown(thrown);
  }
}
