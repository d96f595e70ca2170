import { passwordTrouble } from "@/session/passwords";
import { tell } from "@/ui/ProblemNotice";

const PLAN = "matinee-plan";

/** Keep the plan that was chosen until the address is confirmed, which another tab of this browser does. */
export function keepPlan(planId: string): void {
  try {
    window.localStorage.setItem(PLAN, planId);
  } catch {
    // It is asked for again then.
  }
}

export function keptPlan(): string | null {
  try {
    return window.localStorage.getItem(PLAN);
  } catch {
    return null;
  }
}

export function forgetPlan(): void {
  try {
    window.localStorage.removeItem(PLAN);
  } catch {
    // There was none.
  }
}

const BROWSER = "matinee-join";

/** A secret of this browser, made at sign-up: a link that is opened here wants no password again. */
export function newBrowserSecret(): string | undefined {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const secret = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  try {
    window.localStorage.setItem(BROWSER, secret);
    return secret;
  } catch {
    return undefined; // the password is asked for then
  }
}

export function browserSecret(): string | undefined {
  try {
    return window.localStorage.getItem(BROWSER) ?? undefined;
  } catch {
    return undefined;
  }
}

export function forgetBrowserSecret(): void {
  try {
    window.localStorage.removeItem(BROWSER);
  } catch {
    // There was none.
  }
}

/** What the browser knows of where and how somebody lives; the account page can change all of it. */
export function localHints(): { language: string; territory?: string; time_zone?: string } {
  const locale = new Intl.Locale(navigator.language === "" ? "en" : navigator.language);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return {
    language: locale.language,
    ...(locale.region !== undefined && /^[A-Z]{2}$/.test(locale.region) ? { territory: locale.region } : {}),
    ...(timeZone === "" ? {} : { time_zone: timeZone }),
  };
}

export type Trouble = { password: string | null; whole: { title: string; sentence: string } | null };

/** Put what the service said where it belongs: at the password, or above the form. */
export function troubleOf(error: unknown): Trouble {
  if (error === null || error === undefined) return { password: null, whole: null };
  const password = passwordTrouble(error);
  return { password, whole: password === null ? tell(error) : null };
}
