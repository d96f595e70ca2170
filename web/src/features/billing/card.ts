/** What a card's fields hold while somebody writes, pastes or lets the browser fill them in. */

export type CardDraft = { number: string; expiry: string; cvc: string };
export type CardErrors = { number: string | null; expiry: string | null; cvc: string | null };

export const EMPTY_CARD: CardDraft = { number: "", expiry: "", cvc: "" };
export const NO_ERRORS: CardErrors = { number: null, expiry: null, cvc: null };

const LONGEST = 19;

export function digits(text: string): string {
  return text.replaceAll(/\D/g, "");
}

function isAmex(number: string): boolean {
  return /^3[47]/.test(number);
}

/** Write a number in the groups that are printed on the card. */
export function formatNumber(typed: string): string {
  const number = digits(typed).slice(0, LONGEST);
  if (isAmex(number)) return [number.slice(0, 4), number.slice(4, 10), number.slice(10, 15)].filter((part) => part !== "").join(" ");
  return number.replaceAll(/(\d{4})(?=\d)/g, "$1 ");
}

/**
 * Write a date as `MM / YY`. Takes `5/27`, `0527`, `05/2027` and `2027-05` as they are pasted or filled in.
 *
 * `before` is what stood there: when only the slash was taken away, the digit before it goes too.
 */
export function formatExpiry(typed: string, before: string): string {
  const plain = digits(typed);
  if (typed !== before && before.startsWith(typed) && plain === digits(before)) return plain.slice(0, -1);
  const iso = /^\s*(\d{4})-(\d{1,2})\s*$/.exec(typed);
  if (iso?.[1] !== undefined && iso[2] !== undefined) return assemble(iso[2].padStart(2, "0"), iso[1]);
  const parts = /^\s*(\d{1,2})\s*[/.-]\s*(\d{0,4})/.exec(typed);
  if (parts?.[1] !== undefined && parts[2] !== undefined && (parts[1].length === 2 || typed.length > before.length)) return assemble(parts[1].padStart(2, "0"), parts[2]);
  if (/^[2-9]/.test(plain)) return assemble(`0${plain.slice(0, 1)}`, plain.slice(1));
  return plain.length < 2 ? plain : assemble(plain.slice(0, 2), plain.slice(2));
}

function assemble(month: string, year: string): string {
  const short = year.length === 4 ? year.slice(2) : year.slice(0, 2);
  return `${month} / ${short}`;
}

export function formatCvc(typed: string): string {
  return digits(typed).slice(0, 4);
}

/** Where the caret belongs after writing anew: behind as many digits as before. */
export function caretAfter(formatted: string, digitsBefore: number): number {
  let seen = 0;
  for (let at = 0; at < formatted.length; at += 1) {
    if (seen === digitsBefore) return at;
    if (/\d/.test(formatted.charAt(at))) seen += 1;
  }
  return formatted.length;
}

/** The check digit of card numbers (ISO/IEC 7812-1, annex B). */
export function checksOut(number: string): boolean {
  let sum = 0;
  Array.from(number)
    .reverse()
    .forEach((letter, index) => {
      const value = Number(letter) * (index % 2 === 1 ? 2 : 1);
      sum += value > 9 ? value - 9 : value;
    });
  return number.length >= 12 && sum % 10 === 0;
}

const BRANDS: [RegExp, string][] = [
  [/^4/, "Visa"],
  [/^(5[1-5]|2[2-7])/, "Mastercard"],
  [/^3[47]/, "American Express"],
  [/^(6011|65|64[4-9])/, "Discover"],
  [/^35/, "JCB"],
  [/^3(0[0-5]|[689])/, "Diners Club"],
];

export function brandOf(typed: string): string | null {
  const number = digits(typed);
  return BRANDS.find(([pattern]) => pattern.test(number))?.[1] ?? null;
}

type Expiry = { month: number; year: number };

export function expiryOf(typed: string): Expiry | null {
  const match = /^(\d{2}) \/ (\d{2})$/.exec(typed);
  const month = Number(match?.[1]);
  return match === null || month < 1 || month > 12 ? null : { month, year: 2000 + Number(match[2]) };
}

function expiryError(typed: string, now: Date): string | null {
  if (typed === "") return "Enter the month and year on the card.";
  const expiry = expiryOf(typed);
  if (expiry === null) return "Write month and year, such as 04 / 29.";
  const past = expiry.year < now.getFullYear() || (expiry.year === now.getFullYear() && expiry.month < now.getMonth() + 1);
  return past ? "This card has expired." : null;
}

function numberError(typed: string): string | null {
  const number = digits(typed);
  if (number === "") return "Enter the number on the front of the card.";
  return checksOut(number) ? null : "That is not a card number. Check its digits.";
}

function cvcError(draft: CardDraft): string | null {
  const length = isAmex(digits(draft.number)) ? 4 : 3;
  if (draft.cvc === "") return "Enter the security code.";
  return draft.cvc.length === length ? null : `The security code has ${length} digits.`;
}

/** What is wrong with each field, as far as a page can know. */
export function cardErrors(draft: CardDraft, now: Date): CardErrors {
  return { number: numberError(draft.number), expiry: expiryError(draft.expiry, now), cvc: cvcError(draft) };
}

export function isRight(errors: CardErrors): boolean {
  return errors.number === null && errors.expiry === null && errors.cvc === null;
}

export function cardOf(draft: CardDraft): { number: string; exp_month: number; exp_year: number; cvc: string } {
  const expiry = expiryOf(draft.expiry) ?? { month: 0, year: 0 };
  return { number: digits(draft.number), exp_month: expiry.month, exp_year: expiry.year, cvc: draft.cvc };
}
