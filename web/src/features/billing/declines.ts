import { ApiProblem } from "@/api/problem";

import type { CardErrors } from "./card";

/** Why a bank said no, in words that say what to do, and at which field. */

type Reason = { field: keyof CardErrors | null; words: string };

const REASONS: Record<string, Reason> = {
  "insufficient-funds": { field: null, words: "There is not enough money on this card right now. Try again later, or use another card." },
  "expired-card": { field: "expiry", words: "The bank says that this card has expired. Use another one." },
  "stolen-card": { field: "number", words: "The bank has blocked this card. Use another one." },
  "lost-card": { field: "number", words: "The bank has blocked this card. Use another one." },
  "closed-account": { field: "number", words: "The account behind this card is closed. Use another card." },
  "restricted-card": { field: "number", words: "This card is not allowed for this kind of payment. Use another one." },
  "incorrect-cvc": { field: "cvc", words: "The security code does not match the card." },
  "incorrect-number": { field: "number", words: "The bank does not know this number." },
  stopped: { field: "number", words: "Payments to this house were stopped at the bank. Ask there, or use another card." },
  "challenge-failed": { field: null, words: "The bank did not get your confirmation. Try again, and confirm when it asks." },
  "challenge-denied": { field: null, words: "You declined the payment at your bank. Nothing was charged." },
};

const SOFT: Reason = { field: null, words: "The bank said no without a reason. Try again later, or use another card." };
const HARD: Reason = { field: "number", words: "The bank refuses this card for good. Use another one." };

/** Words for a decline by its code; a code that is new here gets those for its kind. */
export function declineReason(code: string, hard: boolean): Reason {
  return REASONS[code] ?? (hard ? HARD : SOFT);
}

export type Refusal = { title: string; sentence: string; fields: CardErrors };

function at(field: keyof CardErrors | null, words: string): CardErrors {
  return { number: field === "number" ? words : null, expiry: field === "expiry" ? words : null, cvc: field === "cvc" ? words : null };
}

/** Read a failed payment or a card that was not taken; null for any other failure. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof ApiProblem)) return null;
  if (error.code === "payment-declined") {
    const { decline_code: code, hard } = error.facts;
    const reason = declineReason(typeof code === "string" ? code : "", hard === true);
    return { title: "The payment was declined", sentence: `${reason.words} Nothing was charged.`, fields: at(reason.field, reason.words) };
  }
  if (error.code === "card") {
    const field = /expir|past/i.test(error.message) ? "expiry" : /code|cvc/i.test(error.message) ? "cvc" : "number";
    return { title: error.title, sentence: error.message, fields: at(field, error.message) };
  }
  return null;
}
