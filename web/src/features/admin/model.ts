import type { Coupon, Payment, StaffAccount, Violation } from "@/api/admin";
import type { SessionView } from "@/api/session";
import { moneyText } from "@/ui/money";

/** Words and rules of the house's own pages. */

export function isStaff(view: SessionView | undefined): boolean {
  return view !== undefined && ["support", "admin", "operator"].includes(view.role);
}

/** Whether this session may change roles, plans and money; support may only help. */
export function isSenior(view: SessionView | undefined): boolean {
  return view !== undefined && (view.role === "admin" || view.role === "operator");
}

export const ROLES = [
  ["member", "Member"],
  ["support", "Support"],
  ["editor", "Editor"],
  ["admin", "Administrator"],
] as const;

export function roleName(role: string): string {
  return ROLES.find(([one]) => one === role)?.[1] ?? sentence(role);
}

export const ROLE_WORDS: Record<string, string> = {
  member: "Watches, and looks after the own account. Nothing of the house.",
  support: "Sees members, their payments and streams; signs them out and sends links. Changes no roles and no money.",
  editor: "Uploads films and edits titles.",
  admin: "Everything: members, roles, plans, money, films.",
};

/** A name such as `payment-failed` as words. */
export function sentence(name: string): string {
  const words = name.replaceAll(/[-_.]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function stateChip(account: StaffAccount): { look: "good" | "warn" | "bad"; words: string } {
  if (account.state === "closed") return { look: "bad", words: "Closed" };
  return account.state === "unverified" ? { look: "warn", words: "Not confirmed" } : { look: "good", words: "Active" };
}

export function leftOf(payment: Payment): number {
  return payment.state === "succeeded" ? payment.amount - payment.refunded : 0;
}

export function couponGives(coupon: Pick<Coupon, "percent" | "amount" | "currency" | "periods">): string {
  const off = coupon.percent === null ? moneyText(coupon.amount ?? 0, coupon.currency ?? "EUR") : `${coupon.percent} %`;
  const how = coupon.periods === null ? "every month" : coupon.periods === 1 ? "the first month" : `the first ${coupon.periods} months`;
  return `${off} off ${how}`;
}

/** Why a coupon cannot be claimed right now; null when it can. */
export function couponOver(coupon: Coupon, nowMs: number): string | null {
  if (!coupon.active) return "Off";
  if (coupon.expires_at !== null && Date.parse(coupon.expires_at) <= nowMs) return "Over";
  return coupon.max_redemptions !== null && coupon.redeemed >= coupon.max_redemptions ? "Used up" : null;
}

const RULES: [name: string, words: string][] = [
  ["transactions-balance", "Every transaction sums to zero"],
  ["currencies-balance", "Every currency sums to zero"],
  ["nothing-receivable", "Nothing stays receivable"],
  ["paid-period-has-one-settled-bill", "A paid month has exactly one settled bill"],
  ["unpaid-period-has-no-settled-bill", "An unpaid month has none"],
  ["settled-bill-has-one-charge", "A settled bill has one charge"],
  ["charge-belongs-to-settled-bill", "A charge belongs to a settled bill"],
  ["bill-is-covered-exactly", "A bill is covered to the unit"],
  ["closed-bill-holds-nothing", "A closed bill holds no money"],
  ["one-payment-under-way", "One payment under way at most"],
  ["balances-not-negative", "No balance is negative"],
  ["gift-equals-ledger", "Gift balances equal the ledger"],
  ["credit-equals-ledger", "Credit balances equal the ledger"],
  ["held-equals-open-bills", "Held money equals open bills"],
  ["cash-equals-payments", "Cash equals payments less refunds"],
  ["refunds-within-payments", "Refunds stay within payments"],
  ["paid-periods-do-not-overlap", "Paid months do not overlap"],
  ["active-means-paid", "Active means paid"],
  ["settled-bill-has-one-invoice", "A settled bill has one invoice"],
  ["invoice-numbers-have-no-gaps", "Invoice numbers have no gaps"],
  ["nobody-is-forgotten", "Nobody due is forgotten"],
];

export type Rule = { name: string; words: string; broken: Violation[] };

/** The rules of the books with what breaks them; those that break come first, and new ones get their own name. */
export function rulesOf(violations: readonly Violation[]): Rule[] {
  const known = new Set(RULES.map(([name]) => name));
  const others = [...new Set(violations.map((one) => one.invariant))].filter((name) => !known.has(name)).map((name): [string, string] => [name, sentence(name)]);
  return [...RULES, ...others]
    .map(([name, words]) => ({ name, words, broken: violations.filter((one) => one.invariant === name) }))
    .sort((a, b) => Number(b.broken.length > 0) - Number(a.broken.length > 0));
}

/** Facts of an audit line as one line of text. */
export function factsText(facts: Record<string, string | number | boolean | null>): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`)
    .join(", ");
}

/** How far into a film somebody is. */
export function placeText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
