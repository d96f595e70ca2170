import { describe, expect, it } from "vitest";

import type { Plan, Subscription } from "@/api/billing";
import { ApiProblem } from "@/api/problem";
import { amountText, minorOf, moneyText } from "@/ui/money";

import { isBankPage } from "./bank";
import { brandOf, cardErrors, cardOf, caretAfter, checksOut, formatExpiry, formatNumber } from "./card";
import { declineReason, refusalOf } from "./declines";
import { currencyFor, direction, endsSoon, isCovered, standing } from "./model";
import { isUndecided } from "./useOnce";

const NOW = new Date("2026-11-21T12:00:00Z");

function plan(id: string, prices: Record<string, number>): Plan {
  return { plan_id: id, name: id, description: "", prices, max_height: 1080, streams: 2, download_devices: 2, trial_days: 7, listed: true, rank: 1 };
}

const STANDARD = plan("standard", { EUR: 999, USD: 1099 });

function subscription(over: Partial<Subscription> = {}): Subscription {
  return {
    state: "active", plan: STANDARD, pending_plan: null, currency: "EUR", price: 999, trial_ends_at: null, trial_available: false, period_start: "2026-11-11T00:00:00Z",
    period_end: "2026-12-11T00:00:00Z", paid_through: null, cancel_at_period_end: false, paused: false, pause_at_period_end: false, past_due_since: null, next_retry_at: null,
    grace_until: null, hold_until: null, amount_owed: 0, discount: null, gift_balance: 0, credit_balance: 0, payment_method: null, payment_pending: false,
    next_charge: { amount: 999, at: "2026-12-11T00:00:00Z", lines: [] }, ...over,
  };
}

describe("a card's fields", () => {
  it.each([
    ["4242424242424242", "4242 4242 4242 4242"],
    [" 4242-4242 42424242x", "4242 4242 4242 4242"],
    ["378282246310005", "3782 822463 10005"],
    ["37828224631000599", "3782 822463 10005"],
    ["4242 ", "4242"],
  ])("groups %s as %s", (typed, formatted) => expect(formatNumber(typed)).toBe(formatted));

  it.each([
    ["5", "", "05 / "],
    ["1", "", "1"],
    ["12", "1", "12 / "],
    ["12 / 3", "12 / ", "12 / 3"],
    ["12 /", "12 / ", "1"],
    ["12 / ", "12 / 3", "12 / "],
    ["05/2031", "", "05 / 31"],
    ["5/31", "", "05 / 31"],
    ["0531", "", "05 / 31"],
    ["2031-05", "", "05 / 31"],
    ["", "1", ""],
  ])("writes the expiry %j after %j as %j", (typed, before, written) => expect(formatExpiry(typed, before)).toBe(written));

  it("keeps the caret behind as many digits as before", () => {
    expect(caretAfter("4242 4242", 4)).toBe(4);
    expect(caretAfter("4242 4242", 5)).toBe(6);
    expect(caretAfter("42", 7)).toBe(2);
  });

  it("knows numbers whose check digit is wrong", () => {
    expect(checksOut("4242424242424242")).toBe(true);
    expect(checksOut("4242424242424241")).toBe(false);
    expect(checksOut("0")).toBe(false);
  });

  it("says what is wrong at each field, and nothing when all is right", () => {
    expect(cardErrors({ number: "4242 4242 4242 4242", expiry: "11 / 26", cvc: "123" }, NOW)).toEqual({ number: null, expiry: null, cvc: null });
    expect(cardErrors({ number: "4242", expiry: "10 / 26", cvc: "1" }, NOW)).toMatchObject({ expiry: "This card has expired.", cvc: "The security code has 3 digits." });
    expect(cardErrors({ number: "3782 822463 10005", expiry: "13 / 30", cvc: "123" }, NOW)).toMatchObject({ number: null, expiry: "Write month and year, such as 04 / 29.", cvc: "The security code has 4 digits." });
  });

  it("gives the processor what it takes", () => expect(cardOf({ number: "4242 4242 4242 4242", expiry: "04 / 31", cvc: "123" })).toEqual({ number: "4242424242424242", exp_month: 4, exp_year: 2031, cvc: "123" }));

  it("names brands", () => {
    expect(brandOf("5555")).toBe("Mastercard");
    expect(brandOf("9")).toBeNull();
  });
});

describe("refusals", () => {
  const declined = (code: string, hard: boolean) => new ApiProblem("refused", 402, { code: "payment-declined", title: "The payment was declined", detail: "x", decline_code: code, hard });

  it("stand at the field they are about", () => {
    expect(refusalOf(declined("expired-card", true))?.fields.expiry).toContain("expired");
    expect(refusalOf(declined("insufficient-funds", false))?.fields).toEqual({ number: null, expiry: null, cvc: null });
    expect(refusalOf(new ApiProblem("refused", 400, { code: "card", detail: "The expiry date is in the past." }))?.fields.expiry).toContain("past");
    expect(refusalOf(new ApiProblem("refused", 409, { code: "other" }))).toBeNull();
  });

  it("have words for codes that are new here", () => {
    expect(declineReason("no-such-code", true).field).toBe("number");
    expect(declineReason("no-such-code", false).field).toBeNull();
  });

  it("leave open what was done only when no answer came", () => {
    expect(isUndecided(new ApiProblem("timeout", 0, {}))).toBe(true);
    expect(isUndecided(new ApiProblem("fault", 503, {}))).toBe(true);
    expect(isUndecided(new ApiProblem("refused", 409, { code: "idempotency-in-progress" }))).toBe(true);
    expect(isUndecided(declined("declined", false))).toBe(false);
  });
});

describe("where a plan stands", () => {
  it.each([
    [{}, "Running"],
    [{ state: "trialing", trial_ends_at: "2026-12-01T00:00:00Z" }, "On trial"],
    [{ cancel_at_period_end: true }, "Ends on 11 December 2026"],
    [{ pause_at_period_end: true }, "Pauses on 11 December 2026"],
    [{ state: "past_due", amount_owed: 999 }, "Payment failed"],
    [{ state: "unpaid", amount_owed: 999 }, "On hold"],
    [{ state: "incomplete", payment_pending: true }, "Waiting for the bank"],
    [{ state: "incomplete", amount_owed: 999 }, "Not paid yet"],
  ] as [Partial<Subscription>, string][])("%j is called %s", (over, label) => expect(standing(subscription(over)).label).toBe(label));

  it("names the price and the day of the next charge", () => expect(standing(subscription()).sentence).toBe("Renews each month. €9.99 is charged on 11 December 2026."));

  it("says that the balance pays when it does", () => expect(standing(subscription({ next_charge: { amount: 0, at: "2026-12-11T00:00:00Z", lines: [] } })).sentence).toContain("your balance pays it"));
});

describe("prices", () => {
  it("are shown in the currency of where somebody lives, unless a balance binds them to another", () => {
    expect(currencyFor([STANDARD], "US")).toBe("USD");
    expect(currencyFor([STANDARD], "DE")).toBe("EUR");
    expect(currencyFor([STANDARD], "US", "EUR")).toBe("EUR");
    expect(currencyFor([plan("p", { CHF: 1200 })], "US")).toBe("CHF");
  });

  it("are read and written without losing a unit", () => {
    expect(moneyText(-1234567, "EUR")).toBe("−€12,345.67");
    expect(moneyText(1500, "JPY")).toBe("JP¥1,500");
    expect(amountText(995, "EUR")).toBe("9.95");
    expect(minorOf("19.99", "EUR")).toBe(1999);
    expect(minorOf("1,5", "EUR")).toBe(150);
    expect(minorOf("1.999", "EUR")).toBeNull();
    expect(minorOf("1.5", "JPY")).toBeNull();
    expect(minorOf("-1", "EUR")).toBeNull();
  });

  it("need no card when the balance covers them", () => {
    expect(isCovered(subscription({ gift_balance: 999 }), STANDARD, "EUR")).toBe(true);
    expect(isCovered(subscription({ gift_balance: 998 }), STANDARD, "EUR")).toBe(false);
    expect(isCovered(subscription({ gift_balance: 9999 }), STANDARD, "USD")).toBe(false);
  });

  it("tell a dearer plan from a cheaper one", () => {
    expect(direction(subscription(), plan("premium", { EUR: 1499 }))).toBe("up");
    expect(direction(subscription(), plan("basic", { EUR: 599 }))).toBe("down");
    expect(direction(subscription(), STANDARD)).toBe("same");
  });
});

describe("small things", () => {
  it("goes to web pages only", () => {
    expect(isBankPage("https://bank.example/c/1")).toBe(true);
    expect(isBankPage("javascript:alert(1)")).toBe(false);
    expect(isBankPage("")).toBe(false);
  });

  it("knows cards that end soon", () => {
    expect(endsSoon({ expiry_month: 10, expiry_year: 2026 }, NOW)).toBe("past");
    expect(endsSoon({ expiry_month: 12, expiry_year: 2026 }, NOW)).toBe("soon");
    expect(endsSoon({ expiry_month: 1, expiry_year: 2027 }, NOW)).toBe("later");
  });
});
