import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { readBody, readJson, sendJson, sendNothing, sendProblem } from "./http";
import type { Handler, MockIdentity, Route } from "./session";

type Plan = { plan_id: string; name: string; description: string; prices: Record<string, number>; max_height: number; streams: number; download_devices: number; trial_days: number; listed: boolean; rank: number; version: number };
type Method = { method_id: string; brand: string; last4: string; expiry_month: number; expiry_year: number; preferred: boolean };
export type Book = Record<string, unknown> & { state: string; plan: Plan | null; pending_plan: Plan | null; gift_balance: number; credit_balance: number };

export const OK = "4242424242424242";
export const DECLINED = "4000000000009979";
export const CHALLENGE = "4000002500003155";

const DAY = 86_400_000;

export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString();
}

function plan(id: string, name: string, price: number, height: number, streams: number, devices: number, rank: number): Plan {
  return { plan_id: id, name, description: `${name} for the house.`, prices: { EUR: price, USD: price + 100 }, max_height: height, streams, download_devices: devices, trial_days: 7, listed: true, rank, version: 1 };
}

function noBook(): Book {
  return {
    state: "none", plan: null, pending_plan: null, currency: "", price: 0, trial_ends_at: null, trial_available: true, period_start: null, period_end: null,
    paid_through: null, cancel_at_period_end: false, paused: false, pause_at_period_end: false, past_due_since: null, next_retry_at: null, grace_until: null, hold_until: null,
    amount_owed: 0, discount: null, gift_balance: 0, credit_balance: 0, payment_method: null, payment_pending: false, next_charge: null,
  };
}

function invoice(index: number) {
  const id = `inv-${index}`;
  return { invoice_id: id, number: `MT-2026-00000${index}`, kind: index === 2 ? "credit-note" : "invoice", issued_at: inDays(-30 * index), currency: "EUR", total: index === 2 ? -999 : 999, html_url: `/api/v1/billing/invoices/${id}/html`, pdf_url: `/api/v1/billing/invoices/${id}/pdf` };
}

/** A stand-in for billing with one account, and for the processor that takes its cards. */
export class MockBilling {
  plans = [plan("basic", "Basic", 599, 720, 1, 1, 1), plan("standard", "Standard", 999, 1080, 2, 2, 2), plan("premium", "Premium", 1499, 2160, 4, 6, 3)];
  book = noBook();
  methods: Method[] = [];
  invoices = [1, 2, 3].map(invoice);
  coupons = new Map([["HALF", 50]]);
  gifts = new Map([["GIFT-2026", 2500]]);
  /** Bodies of what was asked to be changed, with their idempotency keys. */
  asked: { path: string; key: string; body: Record<string, unknown> }[] = [];
  /** How many of the next requests about the subscription get lost. */
  lost = 0;
  tokenizeUrl = "";
  private readonly answers = new Map<string, { status: number; body: unknown }>();
  private readonly cards = new Map<string, string>();
  private challenged: (() => void) | null = null;
  private server: Server | null = null;

  private readonly identity: MockIdentity;

  constructor(identity: MockIdentity) {
    this.identity = identity;
  }

  reset(): void {
    this.book = noBook();
    this.methods = [];
    this.asked = [];
    this.lost = 0;
    this.answers.clear();
  }

  /** Put the account on a plan, as billing would show it. */
  run(planId: string, over: Partial<Book> = {}): void {
    const chosen = this.plans.find((one) => one.plan_id === planId) ?? null;
    const method: Method = { method_id: "m-1", brand: "Visa", last4: "4242", expiry_month: 12, expiry_year: new Date().getFullYear() + 2, preferred: true };
    this.methods = [method];
    const price = chosen?.prices.EUR ?? 0;
    this.book = {
      ...noBook(), state: "active", plan: chosen, currency: "EUR", price, trial_available: false, period_start: inDays(-10), period_end: inDays(20), paid_through: inDays(20), payment_method: method,
      next_charge: { amount: price, at: inDays(20), lines: [{ description: chosen?.name ?? "", amount: price }] }, ...over,
    };
  }

  async listen(returnTo: () => string): Promise<string> {
    this.server = createServer((request, response) => void this.processor(request, response, returnTo()));
    const { server } = this;
    const port = await new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
    this.tokenizeUrl = `http://127.0.0.1:${port}/v1/tokens`;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.server === null ? resolve() : this.server.close(() => resolve())));
  }

  private async processor(request: IncomingMessage, response: ServerResponse, returnTo: string): Promise<void> {
    const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type", "Access-Control-Allow-Methods": "POST" };
    if (request.method === "OPTIONS") return sendNothing(response, cors);
    if (request.url === "/v1/tokens") {
      const { number } = (await readJson(request)) as { number: string };
      if (!number.startsWith("4")) return sendJson(response, 400, { title: "This card is not taken here", detail: "This is not a test card's number.", code: "card", status: 400 }, cors);
      const token = `tok_${this.cards.size + 1}`;
      this.cards.set(token, number);
      return sendJson(response, 201, { token, brand: "Visa", last4: number.slice(-4), exp_month: 12, exp_year: 2030 }, cors);
    }
    if (request.method === "POST") {
      const { answer } = Object.fromEntries(new URLSearchParams((await readBody(request)).toString("utf8")));
      if (answer === "approve") this.challenged?.();
      else Object.assign(this.book, { payment_pending: false, state: "incomplete", amount_owed: 999 });
      response.writeHead(303, { Location: returnTo });
      return void response.end();
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end('<!doctype html><title>Bank</title><h1>Your bank</h1><form method="post"><button name="answer" value="approve">Approve</button><button name="answer" value="deny">Deny</button></form>');
  }

  private begin(planId: string, body: Record<string, unknown>): void {
    const trial = this.book.trial_available === true;
    const { gift_balance, credit_balance } = this.book;
    this.run(planId, { gift_balance, credit_balance });
    if (trial) Object.assign(this.book, { state: "trialing", trial_ends_at: inDays(7), period_end: inDays(7), next_charge: { amount: this.book.price, at: inDays(7), lines: [] } });
    if (body.coupon === "HALF") this.book.discount = { code: "HALF", percent: 50, amount: null, periods_left: 3 };
  }

  private subscribe(body: Record<string, unknown>): { status: number; body: unknown } {
    const number = this.cards.get(String(body.payment_method_token));
    const planId = String(body.plan_id);
    if (number === DECLINED) return { status: 402, body: { title: "The payment was declined", detail: "The bank declined this payment.", code: "payment-declined", status: 402, decline_code: "stolen-card", hard: true } };
    if (number === CHALLENGE) {
      Object.assign(this.book, { state: "incomplete", plan: this.plans.find((one) => one.plan_id === planId), currency: "EUR", amount_owed: 999, payment_pending: true });
      this.challenged = () => this.begin(planId, body);
      return { status: 202, body: { payment_id: "pay-1", challenge_url: this.tokenizeUrl.replace("/v1/tokens", "/challenge/c-1") } };
    }
    this.begin(planId, body);
    return { status: 201, body: this.book };
  }

  private change(body: Record<string, unknown>): void {
    const wanted = this.plans.find((one) => one.plan_id === body.plan_id) ?? null;
    if ((wanted?.prices.EUR ?? 0) > Number(this.book.price)) this.run(wanted?.plan_id ?? "", { gift_balance: this.book.gift_balance });
    else this.book.pending_plan = wanted;
  }

  private step(what: string, body: Record<string, unknown>): { status: number; body: unknown } {
    const { book } = this;
    if (what === "") return this.subscribe(body);
    if (what === "cancel" && book.state === "active") Object.assign(book, { cancel_at_period_end: true, next_charge: null });
    else if (what === "cancel" && book.state === "trialing") book.cancel_at_period_end = true;
    else if (what === "cancel") book.state = "canceled";
    if (what === "resume") book.cancel_at_period_end = false;
    if (what === "pause") book.pause_at_period_end = true;
    if (what === "unpause") Object.assign(book, { pause_at_period_end: false, paused: false, state: "active" });
    if (what === "pay") this.run(book.plan?.plan_id ?? "standard");
    if (what === "change") this.change(body);
    if (what === "drop") book.pending_plan = null;
    return { status: 200, body: book };
  }

  /** Only members; every key is answered once. */
  private readonly subscription = this.member(async (request, response, match) => {
    const text = (await readBody(request)).toString("utf8");
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (request.method === "GET") return sendJson(response, 200, this.book);
    const key = String(request.headers["idempotency-key"]);
    const what = request.method === "DELETE" ? "drop" : (match[1] ?? "");
    this.asked.push({ path: what, key, body });
    if (this.lost > 0) {
      this.lost -= 1;
      return sendProblem(response, 503, "unavailable", "Not available right now", "The request was lost. Try again in a moment.");
    }
    const answer = this.answers.get(key) ?? this.step(what, body);
    this.answers.set(key, structuredClone(answer));
    sendJson(response, answer.status, answer.body);
  });

  private readonly quote = this.member(async (request, response) => {
    const body = (await readJson(request)) as { plan_id?: string; currency?: string; coupon?: string };
    const off = body.coupon === undefined ? 0 : this.coupons.get(body.coupon);
    if (off === undefined) return sendProblem(response, 404, "coupon-not-found", "This coupon cannot be used", "There is no such coupon; check its letters.");
    const wanted = this.plans.find((one) => one.plan_id === (body.plan_id ?? this.book.plan?.plan_id));
    const currency = String(this.book.currency) === "" ? (body.currency ?? "EUR") : String(this.book.currency);
    const price = wanted?.prices[currency] ?? 0;
    const lines = [{ description: `${wanted?.name ?? ""}, a month`, amount: price }, ...(off > 0 ? [{ description: `Coupon ${body.coupon ?? ""}`, amount: -Math.round((price * off) / 100) }] : [])];
    const total = lines.reduce((sum, line) => sum + line.amount, 0);
    const next = { amount: price, at: (this.book.period_end as string | null) ?? inDays(30), lines: [] };
    if (this.book.state === "active") {
      const difference = Math.round(((price - Number(this.book.price)) * 20) / 30);
      if (difference <= 0) return sendJson(response, 200, { currency, lines: [], due_now: 0, next_charge: next });
      return sendJson(response, 200, { currency, lines: [{ description: `${wanted?.name ?? ""} for the rest of the month`, amount: difference }], due_now: difference, next_charge: next });
    }
    const trial = this.book.trial_available === true;
    sendJson(response, 200, { currency, lines, due_now: trial ? 0 : Math.max(0, total - this.book.gift_balance), next_charge: { amount: trial ? total : price, at: inDays(trial ? 7 : 30), lines } });
  });

  private readonly paymentMethods = this.member(async (request, response, match) => {
    const found = this.methods.find((one) => one.method_id === match[1]);
    if (request.method === "GET") return sendJson(response, 200, { items: this.methods });
    if (request.method === "DELETE") {
      if (this.methods.length === 1 && this.book.state === "active") return sendProblem(response, 409, "payment-method-in-use", "This payment method is needed", "Add another card first; this one pays for your plan.");
      this.methods = this.methods.filter((one) => one !== found);
      return sendNothing(response);
    }
    if (found === undefined) {
      const number = this.cards.get(String((await readJson(request)).token)) ?? "";
      const added: Method = { method_id: `m-${this.methods.length + 1}`, brand: "Visa", last4: number.slice(-4), expiry_month: 12, expiry_year: 2030, preferred: false };
      this.methods.push(added);
    }
    const preferred = found ?? this.methods.at(-1);
    for (const one of this.methods) one.preferred = one === preferred;
    this.book.payment_method = preferred ?? null;
    if (this.book.state === "past_due") this.run(this.book.plan?.plan_id ?? "standard");
    sendJson(response, found === undefined ? 201 : 200, preferred);
  });

  private readonly redeem = this.member(async (request, response) => {
    const code = String((await readJson(request)).code).toUpperCase();
    const amount = this.gifts.get(code);
    if (amount === undefined) return sendProblem(response, 404, "gift-not-found", "This gift code cannot be used", "There is no such gift; check its letters.");
    Object.assign(this.book, { gift_balance: this.book.gift_balance + amount, currency: "EUR" });
    sendJson(response, 200, this.book);
  });

  private member(handler: Handler): Handler {
    return (request, response, match, url) => {
      if (this.identity.role(request) === "stranger") return sendProblem(response, 401, this.identity.isStale(request) ? "session-expired" : "unauthenticated", "Sign in first", "Sign in, then try again.");
      return handler(request, response, match, url);
    };
  }

  readonly routes: Route[] = [
    ["plans", /^\/api\/v1\/plans$/, (_request, response) => sendJson(response, 200, { items: this.plans.filter((one) => one.listed) })],
    ["provider", /^\/api\/v1\/billing\/provider$/, this.member((_request, response) => sendJson(response, 200, { provider: "sandbox", tokenize_url: this.tokenizeUrl }))],
    ["subscription", /^\/api\/v1\/billing\/subscription(?:\/(change|cancel|resume|pause|unpause|pay))?$/, this.subscription],
    ["quote", /^\/api\/v1\/billing\/quote$/, this.quote],
    ["payment-methods", /^\/api\/v1\/billing\/payment-methods(?:\/([^/]+)(?:\/default)?)?$/, this.paymentMethods],
    ["redeem", /^\/api\/v1\/billing\/gifts\/redeem$/, this.redeem],
    ["invoices", /^\/api\/v1\/billing\/invoices$/, this.member((_request, response, _match, url) => sendJson(response, 200, url.searchParams.has("cursor") ? { items: this.invoices.slice(2), next_cursor: null } : { items: this.invoices.slice(0, 2), next_cursor: this.invoices.length > 2 ? "older" : null }))],
  ];
}
