/** Amounts of money as people read and write them. They travel as whole minor units with an ISO 4217 code. */

const LOCALE = "en-GB";

/** What a paper about money is called; a reversal corrects a credit note whose money came back. */
export const PAPER_NAMES = { invoice: "Invoice", "credit-note": "Credit note", reversal: "Reversal" } as const;

function formatter(currency: string): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(LOCALE, { style: "currency", currency });
  } catch {
    return new Intl.NumberFormat(LOCALE, { style: "currency", currency: "XXX" });
  }
}

/** How many digits follow the point in a currency: two for most, none for yen. */
export function digitsOf(currency: string): number {
  return formatter(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

export function moneyText(minor: number, currency: string): string {
  return formatter(currency).format(minor / 10 ** digitsOf(currency)).replace("-", "−");
}

/** An amount as it stands in an input, such as `9.99`. */
export function amountText(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return (minor / 10 ** digits).toFixed(digits);
}

/** Read what somebody wrote as minor units, with a point or a comma; null when it is no amount of this currency. */
export function minorOf(typed: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const match = /^(\d{1,9})(?:[.,](\d+))?$/.exec(typed.trim());
  if (match?.[1] === undefined) return null;
  const fraction = match[2] ?? "";
  if (fraction.length > digits) return null;
  return Number(match[1]) * 10 ** digits + Number(fraction.padEnd(digits, "0") || "0");
}
