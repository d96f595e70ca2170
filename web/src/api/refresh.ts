/**
 * Renewing the session's cookies. The tokens live in cookies that no script can read; all that is kept here is whether
 * somebody signed in on this browser, and when the cookies were last renewed, so that tabs do not renew twice.
 */

const MARK = "matinee-signed-in";
const LOCK = "matinee-session";
const PATH = "/api/v1/session/refresh";
const TIMEOUT_MS = 10_000;

function read(): number | null {
  try {
    const value = Number(window.localStorage.getItem(MARK));
    return Number.isFinite(value) && value > 0 ? value : null;
  } catch {
    return null;
  }
}

/** Remember that this browser got fresh cookies just now. */
export function markRenewed(): void {
  try {
    window.localStorage.setItem(MARK, String(Date.now()));
  } catch {
    // Without storage every tab renews for itself, which the service allows.
  }
}

export function markSignedOut(): void {
  try {
    window.localStorage.removeItem(MARK);
  } catch {
    // There was no mark then.
  }
}

/** Whether this browser had a session when it last looked. */
export function wasSignedIn(): boolean {
  return read() !== null;
}

let waiting: Promise<unknown> = Promise.resolve();

/** One at a time over all tabs; where the browser has no locks (plain HTTP), over this tab. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const { locks } = navigator as { locks?: LockManager | null };
  if (locks !== null && locks !== undefined) return locks.request(LOCK, work);
  const turn = waiting.then(work, work);
  waiting = turn.catch(() => undefined);
  return turn;
}

async function renew(): Promise<boolean> {
  const response = await fetch(PATH, { method: "POST", headers: { Accept: "application/json" }, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.ok) markRenewed();
  else if (response.status === 401) markSignedOut();
  return response.ok;
}

/** Renew the session unless somebody just did. Returns whether a call that was refused at `askedAtMs` deserves a second try. */
export function renewSession(askedAtMs: number): Promise<boolean> {
  return alone(async () => {
    const last = read();
    if (last !== null && last > askedAtMs) return true;
    try {
      return await renew();
    } catch {
      return false;
    }
  });
}
