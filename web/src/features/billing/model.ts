import type { Plan, Subscription } from "@/api/billing";
import { dayText } from "@/ui/dates";
import { qualityText } from "@/ui/format";
import { moneyText } from "@/ui/money";

/** What a subscription's state means for its owner, in plain words. */

const EURO = ["AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"];
const CURRENCIES: Record<string, string> = { US: "USD", GB: "GBP", CH: "CHF", JP: "JPY", CA: "CAD", AU: "AUD", SE: "SEK", NO: "NOK", DK: "DKK", PL: "PLN" };

/** The currency to show prices in: the subscription's where it is bound to one, else the territory's, else the first there is. */
export function currencyFor(plans: readonly Plan[], territory: string, bound = ""): string {
  const offered = new Set(plans.flatMap((plan) => Object.keys(plan.prices)));
  const local = EURO.includes(territory) ? "EUR" : (CURRENCIES[territory] ?? "");
  for (const wanted of [bound, local, "EUR", "USD"]) if (offered.has(wanted)) return wanted;
  return [...offered][0] ?? "EUR";
}

/** The currencies in which all plans have a price. */
export function currenciesOf(plans: readonly Plan[]): string[] {
  const [first] = plans;
  return first === undefined ? [] : Object.keys(first.prices).filter((currency) => plans.every((plan) => plan.prices[currency] !== undefined));
}

export function priceText(plan: Plan, currency: string): string {
  const price = plan.prices[currency];
  return price === undefined ? "Not sold here" : moneyText(price, currency);
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

/** What a plan gives, one line each. */
export function planFacts(plan: Plan): string[] {
  return [
    `Picture up to ${qualityText(plan.max_height) ?? "any height"}`,
    `${counted(plan.streams, "screen", "screens")} at the same time`,
    plan.download_devices === 0 ? "No downloads" : `Downloads on ${counted(plan.download_devices, "device", "devices")}`,
  ];
}

/** Whether a plan could be begun, as nothing runs. */
export function mayBegin(subscription: Subscription): boolean {
  return ["none", "canceled", "incomplete_expired"].includes(subscription.state);
}

export function isRunning(subscription: Subscription): boolean {
  return subscription.state === "active" || subscription.state === "trialing";
}

/** Whether the balance pays the next period, so that no card is needed. */
export function isCovered(subscription: Subscription | undefined, plan: Plan, currency: string): boolean {
  if (subscription === undefined) return false;
  const balance = subscription.gift_balance + subscription.credit_balance;
  return balance > 0 && subscription.currency === currency && balance >= (plan.prices[currency] ?? Infinity);
}

export type Look = "good" | "warn" | "bad" | "busy" | "plain";
export type Standing = { look: Look; label: string; sentence: string };

function running(subscription: Subscription): Standing {
  const end = dayText(subscription.period_end);
  const trial = subscription.state === "trialing";
  if (subscription.cancel_at_period_end) {
    return { look: "warn", label: `Ends on ${end}`, sentence: `You cancelled. Everything works until ${end}; then watching stops and nothing more is charged. Your profiles, lists and history stay.` };
  }
  if (subscription.pause_at_period_end) return { look: "warn", label: `Pauses on ${end}`, sentence: `Everything works until ${end}. From then on nothing is charged and nothing plays, until you take it up again.` };
  const next = subscription.next_charge;
  const price = next === null ? "" : ` ${moneyText(next.amount, subscription.currency)} ${next.amount === 0 ? "is due: your balance pays it" : "is charged"} on ${dayText(next.at)}.`;
  if (trial) return { look: "good", label: "On trial", sentence: `Free until ${dayText(subscription.trial_ends_at)}.${price === "" ? "" : ` Then${price}`} Cancel before and nothing is charged.` };
  return { look: "good", label: "Running", sentence: `Renews each month.${price}` };
}

function owing(subscription: Subscription): Standing {
  const owed = moneyText(subscription.amount_owed, subscription.currency);
  if (subscription.state === "unpaid") {
    return { look: "bad", label: "On hold", sentence: `${owed} could not be charged, so nothing plays for now. Pay and it goes on at once.${subscription.hold_until === null ? "" : ` The plan ends on ${dayText(subscription.hold_until)} otherwise.`}` };
  }
  const retry = subscription.next_retry_at === null ? "" : ` We try again on ${dayText(subscription.next_retry_at)}.`;
  const grace = subscription.grace_until === null ? "" : ` Films keep playing until ${dayText(subscription.grace_until)}.`;
  return { look: "bad", label: "Payment failed", sentence: `${owed} could not be charged.${retry}${grace}` };
}

/** Say where a subscription stands. */
export function standing(subscription: Subscription): Standing {
  switch (subscription.state) {
    case "trialing":
    case "active":
      return running(subscription);
    case "past_due":
    case "unpaid":
      return owing(subscription);
    case "paused":
      return { look: "warn", label: "Paused", sentence: "Nothing is charged and nothing plays. Take it up again whenever you like." };
    case "incomplete":
      return subscription.payment_pending
        ? { look: "busy", label: "Waiting for the bank", sentence: "The first payment is not decided yet. This page looks again by itself." }
        : { look: "warn", label: "Not paid yet", sentence: `The first payment of ${moneyText(subscription.amount_owed, subscription.currency)} did not go through. Nothing was charged.` };
    case "incomplete_expired":
      return { look: "plain", label: "Not begun", sentence: "The first payment was not made in time. Nothing was charged; choose a plan to begin again." };
    case "canceled":
      return { look: "plain", label: "Ended", sentence: "Your plan has ended. Profiles, lists and history are still here." };
    case "none":
      return { look: "plain", label: "No plan", sentence: "Free films play without one. Choose a plan for the whole programme." };
  }
}

export function monthText(month: number, year: number): string {
  return `${String(month).padStart(2, "0")}/${String(year % 100).padStart(2, "0")}`;
}

/** Whether a card ends soon: this month or the next. */
export function endsSoon(method: { expiry_month: number; expiry_year: number }, now: Date): "past" | "soon" | "later" {
  const months = (method.expiry_year - now.getFullYear()) * 12 + method.expiry_month - (now.getMonth() + 1);
  if (months < 0) return "past";
  return months <= 1 ? "soon" : "later";
}

/** What a running subscription's move to another plan means. */
export function direction(subscription: Subscription, plan: Plan): "up" | "down" | "same" {
  if (subscription.plan?.plan_id === plan.plan_id) return "same";
  return (plan.prices[subscription.currency] ?? 0) > subscription.price ? "up" : "down";
}
