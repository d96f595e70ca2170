import type { MockBilling } from "./billing";
import { readJson, sendJson, sendNothing, sendProblem } from "./http";
import { MockOperations } from "./operations";
import type { Handler, MockIdentity, Route } from "./session";

const AT = "2026-11-20T18:30:00Z";
const SUPPORT_MAY = /^\/api\/v1\/admin\/(accounts(\/[^/]+(\/(billing|sign-out|reset))?)?|streams.*)$/;

export const LETTER = `<html><head><style>.card { color: rgb(140, 31, 47) }</style><script>document.title = "taken over"</script></head>
<body style="font-family: serif; margin: 24px"><p class="card" style="font-size: 20px">Welcome to Matinee</p>
<p><a href="http://127.0.0.1/verify#token=abc">Confirm your address</a> <a href="javascript:alert(1)">Bad</a></p><img src="x" onerror="document.title='taken over'"></body></html>`;

function mail(id: number, subject: string, html: string) {
  return { mail_id: id, to: "ada@example.org", subject, text: `${subject}\n\nhttp://127.0.0.1/verify#token=abc`, html, kind: "verify", state: "kept", at: AT, attachments: id === 1 ? ["MT-2026-000001.pdf"] : [] };
}

/** A stand-in for what staff see: accounts, their money, streams, the books, mails. */
export class MockOffice {
  payments = [
    { payment_id: "pay-1", amount: 999, currency: "EUR", method_label: "Visa •••• 4242", state: "succeeded", started_at: AT, finished_at: AT, decline_code: "", refunded: 0 },
    { payment_id: "pay-2", amount: 999, currency: "EUR", method_label: "Visa •••• 0002", state: "declined", started_at: AT, finished_at: AT, decline_code: "insufficient-funds", refunded: 0 },
  ];
  refunds: Record<string, unknown>[] = [];
  streams = [{ session_id: "s-9", account_id: "a-ada@example.org", profile_id: "p-ada", title_id: "t-tide", title_name: "The Tide Keeper", user_agent: "Chromium on Linux", position_seconds: 754, started_at: AT, seen_at: AT }];
  coupons = [{ code: "HALF", percent: 50, amount: null, currency: null, periods: 3, max_redemptions: 100, redeemed: 12, expires_at: null, active: true, created_at: AT }] as Record<string, unknown>[];
  violations: { invariant: string; subject: string; found: string }[] = [];
  mails = [mail(2, "Confirm your address", LETTER), mail(1, "Your receipt", "")];
  /** What was done, to look at. */
  done: { what: string; body: Record<string, unknown>; key: string }[] = [];
  private readonly identity: MockIdentity;
  private readonly billing: MockBilling;

  constructor(identity: MockIdentity, billing: MockBilling) {
    this.identity = identity;
    this.billing = billing;
  }

  private staff(handler: Handler): Handler {
    return (request, response, match, url) => {
      const role = this.identity.role(request);
      if (role === "stranger") return sendProblem(response, 401, "unauthenticated", "Sign in first", "Sign in, then try again.");
      if (role !== "admin" && !(role === "support" && SUPPORT_MAY.test(url.pathname))) return sendProblem(response, 403, "forbidden", "Not allowed", "Your role may not do this.");
      return handler(request, response, match, url);
    };
  }

  private person(id: string | undefined) {
    return this.identity.people.find((one) => one.account.account_id === decodeURIComponent(id ?? ""));
  }

  private view(email: string) {
    const found = this.identity.people.find((one) => one.account.email === email);
    return { state: "active", created_at: AT, ...found?.account };
  }

  private readonly accounts = this.staff(async (request, response, _match, url) => {
    if (request.method === "POST") return sendJson(response, 201, { ...this.view("ada@example.org"), ...(await readJson(request)) });
    const q = (url.searchParams.get("q") ?? "").toLowerCase();
    const role = url.searchParams.get("role");
    const items = this.identity.people.filter((one) => `${one.account.email} ${one.account.name}`.toLowerCase().includes(q) && (role === null || one.account.role === role)).map((one) => this.view(one.account.email));
    sendJson(response, 200, { items, next_cursor: null });
  });

  private readonly account = this.staff(async (request, response, match) => {
    const found = this.person(match[1]);
    if (found === undefined) return sendProblem(response, 404, "account-not-found", "No such account", "There is no such account.");
    const step = match[2];
    if (step === "billing") return sendJson(response, 200, { account_id: found.account.account_id, subscription: this.billing.book, invoices: this.billing.invoices, bills: [], payments: this.payments, refunds: this.refunds, ledger: [] });
    if (step !== undefined) {
      const body = await readJson(request);
      this.done.push({ what: step, body, key: String(request.headers["idempotency-key"]) });
      if (step === "role") found.account.role = String(body.role);
      if (step === "close" || step === "reopen") Object.assign(found.account, { state: step === "close" ? "closed" : "active" });
      return step === "billing/credit" ? sendNothing(response) : sendJson(response, 200, this.view(found.account.email));
    }
    sendJson(response, 200, {
      account: this.view(found.account.email),
      methods: { password: true, totp: found.totp !== null, passkeys: 0, oidc: [] },
      sessions: found.devices.map((one) => ({ ...one, method: "password" })),
      activity: [{ at: AT, kind: "signed-in", facts: { device: "Chromium on Linux" } }],
    });
  });

  private readonly refund = this.staff(async (request, response, match) => {
    const body = (await readJson(request)) as { amount: number; reason: string };
    this.done.push({ what: "refund", body, key: String(request.headers["idempotency-key"]) });
    const found = this.payments.find((one) => one.payment_id === match[1]);
    if (found !== undefined) found.refunded += body.amount;
    sendJson(response, 201, {});
  });

  private readonly plans = this.staff(async (request, response, match) => {
    const { plans } = this.billing;
    if (request.method === "GET") return sendJson(response, 200, { items: plans });
    const body = await readJson(request);
    this.done.push({ what: "plan", body, key: String(request.headers["if-match"]) });
    const found = plans.find((one) => one.plan_id === match[1]);
    if (found !== undefined) Object.assign(found, body, { version: found.version + 1 });
    sendJson(response, 200, found ?? body);
  });

  private readonly couponRoutes = this.staff(async (request, response, match) => {
    if (request.method === "GET") return sendJson(response, 200, { items: this.coupons });
    const body = await readJson(request);
    const found = this.coupons.find((one) => one.code === match[1]);
    if (found !== undefined) Object.assign(found, body);
    else this.coupons.push({ percent: null, amount: null, currency: null, redeemed: 0, active: true, created_at: AT, ...body });
    sendJson(response, 200, found ?? this.coupons.at(-1));
  });

  private readonly streamRoutes = this.staff((request, response, match) => {
    if (request.method === "GET") return sendJson(response, 200, { items: this.streams });
    this.streams = this.streams.filter((one) => one.session_id !== match[1]);
    sendNothing(response);
  });

  private readonly mailRoutes = this.staff((_request, response, match) => {
    if (match[1] === undefined) return sendJson(response, 200, { items: this.mails });
    const found = this.mails.find((one) => String(one.mail_id) === match[1]);
    if (found === undefined) return sendProblem(response, 404, "mail-not-found", "No such mail", "The mailbox does not hold it any more.");
    sendJson(response, 200, found);
  });

  readonly operations = new MockOperations((handler) => this.staff(handler));

  readonly routes: Route[] = [
    ...this.operations.routes,
    ["admin-accounts", /^\/api\/v1\/admin\/accounts$/, this.accounts],
    ["admin-account", /^\/api\/v1\/admin\/accounts\/([^/]+)(?:\/(role|close|reopen|sign-out|reset|billing|billing\/credit))?$/, this.account],
    ["admin-refund", /^\/api\/v1\/admin\/payments\/([^/]+)\/refund$/, this.refund],
    ["admin-plans", /^\/api\/v1\/admin\/plans(?:\/([^/]+))?$/, this.plans],
    ["admin-coupons", /^\/api\/v1\/admin\/coupons(?:\/([^/]+))?$/, this.couponRoutes],
    ["admin-gifts", /^\/api\/v1\/admin\/gifts$/, this.staff(async (request, response) => sendJson(response, 201, { codes: Array.from({ length: Number((await readJson(request)).count) }, (_, index) => `ABCD-EFGH-JKLM-NPQ${index + 2}`) }))],
    ["admin-streams", /^\/api\/v1\/admin\/streams(?:\/([^/]+))?$/, this.streamRoutes],
    ["books", /^\/api\/v1\/admin\/ledger\/balance$/, this.staff((_request, response) => sendJson(response, 200, { balances: [{ ledger: "cash", currency: "EUR", amount: 123456 }, { ledger: "revenue", currency: "EUR", amount: -103745 }, { ledger: "tax", currency: "EUR", amount: -19711 }], balanced: true }))],
    ["invariants", /^\/api\/v1\/admin\/invariants$/, this.staff((_request, response) => sendJson(response, 200, { items: this.violations }))],
    ["audit", /^\/api\/v1\/admin\/audit$/, this.staff((_request, response) => sendJson(response, 200, { items: [{ entry_id: "e1", at: AT, actor: "a-boss", role: "admin", action: "role-changed", subject: "a-ada@example.org", facts: { from: "member", to: "editor" }, address: "203.0.113.7" }], next_cursor: null }))],
    ["billing-audit", /^\/api\/v1\/admin\/billing\/audit$/, this.staff((_request, response) => sendJson(response, 200, { items: [{ audit_id: "b1", at: AT, actor: "operator", role: "operator", action: "coupon-created", subject: "HALF", facts: { percent: 50 }, address: "" }], next_cursor: null }))],
    ["mailbox", /^\/api\/v1\/mailbox(?:\/(\d+))?$/, this.mailRoutes],
  ];
}
