/** Words for what the account's pages show. */

const TERRITORIES = ["AT", "AU", "BE", "BG", "BR", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IN", "IS", "IT", "JP", "KR", "LI", "LT", "LU", "LV", "MT", "MX", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SI", "SK", "TR", "UA", "US", "ZA"];

const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

export function territoryName(code: string): string {
  if (code === "") return "Not said";
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Territories to choose from, by name; the current one is always among them. */
export function territories(current: string): [string, string][] {
  const codes = current === "" || TERRITORIES.includes(current) ? TERRITORIES : [...TERRITORIES, current];
  const list = codes.map((code): [string, string] => [code, territoryName(code)]).sort((a, b) => a[1].localeCompare(b[1]));
  return current === "" ? [["", "Choose…"], ...list] : list;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When something was, in the words that people use for it. */
export function agoText(iso: string, nowMs: number): string {
  const then = Date.parse(iso);
  if (!Number.isFinite(then)) return "—";
  const ago = nowMs - then;
  if (ago < 2 * MINUTE) return "just now";
  if (ago < HOUR) return `${Math.floor(ago / MINUTE)} minutes ago`;
  if (ago < DAY) return ago < 2 * HOUR ? "an hour ago" : `${Math.floor(ago / HOUR)} hours ago`;
  if (ago < 7 * DAY) return ago < 2 * DAY ? "yesterday" : `${Math.floor(ago / DAY)} days ago`;
  return dateText(iso);
}

export function dateText(iso: string): string {
  const then = new Date(iso);
  return Number.isNaN(then.getTime()) ? "—" : new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(then);
}

export function momentText(iso: string): string {
  const then = new Date(iso);
  return Number.isNaN(then.getTime()) ? "—" : new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(then);
}

const DEEDS: Record<string, string> = {
  joined: "Account made",
  "signed-in": "Signed in",
  "failed-sign-ins": "Sign-ins failed",
  "refresh-token-reused": "A copied session was stopped",
  "password-changed": "Password changed",
  "email-changed": "E-mail address changed",
  "second-factor-on": "Authenticator app added",
  "second-factor-off": "Authenticator app removed",
  "recovery-codes-renewed": "New recovery codes",
  "recovery-code-used": "A recovery code was used",
  "passkey-added": "Passkey added",
  "passkey-removed": "Passkey removed",
  "provider-linked": "Provider linked",
  "provider-unlinked": "Provider unlinked",
  "session-ended": "A device was signed out",
  "other-sessions-ended": "All other devices were signed out",
  "signed-out-by-staff": "The house signed every device out",
  "role-changed": "Role changed",
  "pairing-approved": "A television was connected",
  "pairing-denied": "A television was declined",
  "profile-added": "Profile added",
  "profile-removed": "Profile removed",
  "profile-limits-changed": "A profile’s limits changed",
};

/** A line of the security log. A deed that this version has no words for is shown by its own name. */
export function deedText(kind: string): string {
  const words = kind.replaceAll(/[-_.]/g, " ");
  return DEEDS[kind] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export const ERASE_WORD = "erase";

/** Whether somebody wrote the word that erasing asks for. */
export function isEraseWord(typed: string): boolean {
  return typed.trim().toLowerCase() === ERASE_WORD;
}
