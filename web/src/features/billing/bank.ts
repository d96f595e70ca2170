/** The way to the bank's page and back. What is kept in between is only that somebody went. */

const MARK = "matinee-bank";

/** Whether an address that came with a challenge may be gone to: a page on the web, nothing else. */
export function isBankPage(address: string): boolean {
  return URL.canParse(address) && ["https:", "http:"].includes(new URL(address).protocol);
}

export function goToBank(address: string): void {
  try {
    window.sessionStorage.setItem(MARK, "yes");
  } catch {
    // The page after says a little less then.
  }
  window.location.assign(address);
}

/** Whether this visit comes back from the bank. */
export function cameFromBank(): boolean {
  try {
    return window.sessionStorage.getItem(MARK) !== null;
  } catch {
    return false;
  }
}

export function forgetBank(): void {
  try {
    window.sessionStorage.removeItem(MARK);
  } catch {
    // There was no mark.
  }
}
