import type { Items } from "./account";
import type { PaperKind, Plan, Subscription } from "./billing";
import { call, command, query, segment } from "./http";
import type { AccountRole, SignInMethods } from "./session";

/** What staff see and do. Who may what, the service decides. */

const ADMIN = "/api/v1/admin";

export type AccountState = "unverified" | "active" | "closed";

export type StaffAccount = { account_id: string; email: string; name: string; role: AccountRole; state: AccountState; language: string; territory: string; time_zone: string; created_at: string; verified: boolean };
export type AccountPage = { items: StaffAccount[]; next_cursor: string | null };
export type StaffSession = { session_id: string; device_name: string; user_agent_name: string; method: string; created_at: string; last_used_at: string; address_hint: string };
export type Member = { account: StaffAccount; methods: SignInMethods; sessions: StaffSession[]; activity: { at: string; kind: string; facts: Record<string, string> }[] };

export function listAccounts(q: string, role: string, cursor: string | null, signal?: AbortSignal): Promise<AccountPage> {
  return call<AccountPage>(`${ADMIN}/accounts${query({ q, role, limit: 30, cursor })}`, { signal });
}

export function getMember(id: string, signal?: AbortSignal): Promise<Member> {
  return call<Member>(`${ADMIN}/accounts/${segment(id)}`, { signal });
}

export function createAccount(account: { email: string; name: string; role: AccountRole }): Promise<StaffAccount> {
  return call<StaffAccount>(`${ADMIN}/accounts`, { method: "POST", json: account });
}

export function setRole(id: string, role: AccountRole): Promise<StaffAccount> {
  return call<StaffAccount>(`${ADMIN}/accounts/${segment(id)}/role`, { method: "POST", json: { role } });
}

export type MemberStep = "close" | "reopen" | "sign-out" | "reset";

export async function takeMemberStep(id: string, step: MemberStep): Promise<void> {
  await call(`${ADMIN}/accounts/${segment(id)}/${step}`, { method: "POST" });
}

export type Issued = { invoice_id: string; number: string; kind: PaperKind; issued_at: string; currency: string; total: number };
export type Payment = { payment_id: string; amount: number; currency: string; method_label: string; state: string; started_at: string; finished_at: string | null; decline_code: string; refunded: number };
/** `declined` was never given back; `failed` was, and the member's bank sent it back. */
export type Refund = { refund_id: string; payment_id: string; amount: number; currency: string; reason: string; state: "started" | "pending" | "succeeded" | "declined" | "failed"; started_at: string; decline_code: string };
export type LedgerEntry = { transaction_id: string; line: number; ledger: string; currency: string; amount: number; cause: string; at: string };
export type MemberBilling = { account_id: string; subscription: Subscription; invoices: Issued[]; payments: Payment[]; refunds: Refund[]; ledger: LedgerEntry[] };

export function getMemberBilling(id: string, signal?: AbortSignal): Promise<MemberBilling> {
  return call<MemberBilling>(`${ADMIN}/accounts/${segment(id)}/billing`, { signal });
}

export async function refund(paymentId: string, wanted: { amount: number; reason: string }, key: string): Promise<void> {
  await call(`${ADMIN}/payments/${segment(paymentId)}/refund`, { method: "POST", json: wanted, headers: { "Idempotency-Key": key }, timeoutMs: 45_000 });
}

export function grantCredit(id: string, wanted: { amount: number; currency: string; reason: string }, key: string): Promise<void> {
  return command(`${ADMIN}/accounts/${segment(id)}/billing/credit`, { method: "POST", json: wanted, headers: { "Idempotency-Key": key } });
}

export type StaffPlan = Plan & { version: number };
export type PlanFields = Omit<Plan, "plan_id">;

export async function listAllPlans(signal?: AbortSignal): Promise<StaffPlan[]> {
  const { items } = await call<Items<StaffPlan>>(`${ADMIN}/plans`, { signal });
  return items;
}

export function createPlan(plan: Plan): Promise<StaffPlan> {
  return call<StaffPlan>(`${ADMIN}/plans`, { method: "POST", json: plan });
}

/** Change a plan; refused when somebody else was faster. */
export function editPlan(id: string, change: Partial<PlanFields>, version: number): Promise<StaffPlan> {
  return call<StaffPlan>(`${ADMIN}/plans/${segment(id)}`, { method: "PATCH", json: change, headers: { "If-Match": `"${version}"` } });
}

export type Coupon = { code: string; percent: number | null; amount: number | null; currency: string | null; periods: number | null; max_redemptions: number | null; redeemed: number; expires_at: string | null; active: boolean; created_at: string };
export type NewCoupon = { code: string; percent?: number; amount?: number; currency?: string; periods: number | null; max_redemptions: number | null; expires_at: string | null };
export type CouponChange = { max_redemptions?: number | null; expires_at?: string | null; active?: boolean };

export async function listCoupons(signal?: AbortSignal): Promise<Coupon[]> {
  const { items } = await call<Items<Coupon>>(`${ADMIN}/coupons`, { signal });
  return items;
}

export function createCoupon(coupon: NewCoupon): Promise<Coupon> {
  return call<Coupon>(`${ADMIN}/coupons`, { method: "POST", json: coupon });
}

export function editCoupon(code: string, change: CouponChange): Promise<Coupon> {
  return call<Coupon>(`${ADMIN}/coupons/${segment(code)}`, { method: "PATCH", json: change });
}

/** Make gift codes; the answer is the only time that they can be seen. */
export async function createGifts(wanted: { amount: number; currency: string; count: number; expires_at: string | null }): Promise<string[]> {
  const { codes } = await call<{ codes: string[] }>(`${ADMIN}/gifts`, { method: "POST", json: wanted });
  return codes;
}

export type StaffStream = { session_id: string; account_id: string; profile_id: string; title_id: string; title_name: string; user_agent: string; position_seconds: number; started_at: string; seen_at: string };

export async function listStreams(accountId: string, signal?: AbortSignal): Promise<StaffStream[]> {
  const { items } = await call<Items<StaffStream>>(`${ADMIN}/streams${query({ account_id: accountId })}`, { signal });
  return items;
}

export function stopStream(sessionId: string): Promise<void> {
  return command(`${ADMIN}/streams/${segment(sessionId)}`, { method: "DELETE" });
}

export type Balance = { ledger: string; currency: string; amount: number };
export type Books = { balances: Balance[]; balanced: boolean };
export type Violation = { invariant: string; subject: string; found: string };

export function getBooks(signal?: AbortSignal): Promise<Books> {
  return call<Books>(`${ADMIN}/ledger/balance`, { signal });
}

export async function listViolations(signal?: AbortSignal): Promise<Violation[]> {
  const { items } = await call<Items<Violation>>(`${ADMIN}/invariants`, { signal, timeoutMs: 30_000 });
  return items;
}

export type AuditLine = { id: string; at: string; actor: string; role: string; action: string; subject: string; facts: Record<string, string | number | boolean | null>; address: string };
export type AuditPage = { items: AuditLine[]; next: string | null };

/** What staff did, newest first: with accounts, or with money. */
export async function listAudit(what: "accounts" | "money", cursor: string | null, signal?: AbortSignal): Promise<AuditPage> {
  if (what === "accounts") {
    const page = await call<{ items: (Omit<AuditLine, "id"> & { entry_id: string })[]; next_cursor: string | null }>(`${ADMIN}/audit${query({ limit: 50, cursor })}`, { signal });
    return { items: page.items.map(({ entry_id: id, ...line }) => ({ id, ...line })), next: page.next_cursor };
  }
  const page = await call<{ items: (Omit<AuditLine, "id"> & { audit_id: string })[]; next_cursor: string | null }>(`${ADMIN}/billing/audit${query({ limit: 50, cursor })}`, { signal });
  return { items: page.items.map(({ audit_id: id, ...line }) => ({ id, ...line })), next: page.next_cursor };
}
