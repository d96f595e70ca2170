import { describe, expect, it } from "vitest";

import type { Coupon, StaffPlan } from "@/api/admin";
import { fromLocalInput, localInput } from "@/ui/dates";

import { couponGives, couponOver, factsText, leftOf, placeText, rulesOf, sentence } from "./model";
import { changesOf } from "./PlanForm";

const COUPON: Coupon = { code: "HALF", percent: 50, amount: null, currency: null, periods: 3, max_redemptions: 2, redeemed: 1, expires_at: "2026-12-01T00:00:00Z", active: true, created_at: "2026-01-01T00:00:00Z" };
const NOW = Date.parse("2026-11-21T00:00:00Z");
const FIELDS = { name: "Basic", description: "", prices: { EUR: 599 }, max_height: 720, streams: 1, download_devices: 1, trial_days: 7, listed: true, rank: 1 };
const PLAN: StaffPlan = { plan_id: "basic", version: 4, ...FIELDS };

describe("coupons", () => {
  it("say what they give", () => {
    expect(couponGives(COUPON)).toBe("50 % off the first 3 months");
    expect(couponGives({ percent: null, amount: 250, currency: "EUR", periods: 1 })).toBe("€2.50 off the first month");
    expect(couponGives({ percent: 10, amount: null, currency: null, periods: null })).toBe("10 % off every month");
  });

  it("say why they do not count", () => {
    expect(couponOver(COUPON, NOW)).toBeNull();
    expect(couponOver({ ...COUPON, redeemed: 2 }, NOW)).toBe("Used up");
    expect(couponOver({ ...COUPON, active: false }, NOW)).toBe("Off");
    expect(couponOver(COUPON, Date.parse("2026-12-01T00:00:00Z"))).toBe("Over");
  });
});

describe("the books", () => {
  it("show broken rules first, also those that are new here", () => {
    const rules = rulesOf([{ invariant: "nobody-is-forgotten", subject: "a", found: "1" }, { invariant: "a-new-rule", subject: "b", found: "2" }]);
    expect(rules.slice(0, 2).map((rule) => rule.words)).toEqual(["Nobody due is forgotten", "A new rule"]);
    expect(rules.filter((rule) => rule.broken.length > 0)).toHaveLength(2);
  });

  it("know what is left of a payment", () => {
    const payment = { payment_id: "p", amount: 999, currency: "EUR", method_label: "", state: "succeeded", started_at: "", finished_at: null, decline_code: "", refunded: 500 };
    expect(leftOf(payment)).toBe(499);
    expect(leftOf({ ...payment, state: "declined" })).toBe(0);
  });
});

describe("plans", () => {
  it("send only what differs", () => {
    expect(changesOf(PLAN, FIELDS)).toEqual({});
    expect(changesOf(PLAN, { ...FIELDS, prices: { EUR: 699 }, listed: false })).toEqual({ prices: { EUR: 699 }, listed: false });
  });
});

describe("words", () => {
  it("are made of names and facts", () => {
    expect(sentence("role-changed")).toBe("Role changed");
    expect(factsText({ from: "member", amount: 0, none: null, empty: "" })).toBe("from member, amount 0");
    expect(placeText(3754.9)).toBe("1:02:34");
  });

  it("of moments survive an input of local time", () => {
    expect(fromLocalInput(localInput("2026-11-21T10:30:00Z"))).toBe("2026-11-21T10:30:00.000Z");
    expect(fromLocalInput("")).toBeNull();
    expect(localInput(null)).toBe("");
  });
});
