/** The service's clock, as far as its answers tell: a device whose clock is wrong must not win or lose against others. */

/** Dates in answers are whole seconds and take time to arrive: a difference below this says nothing. */
const NOTHING_MS = 3_000;
const HALF_A_SECOND_MS = 500;

let aheadMs = 0;

/** Take note of the `Date` of an answer that just arrived. */
export function noteServerDate(date: string | null, nowMs: number = Date.now()): void {
  const at = Date.parse(date ?? "");
  if (!Number.isFinite(at)) return;
  const differenceMs = at + HALF_A_SECOND_MS - nowMs;
  aheadMs = Math.abs(differenceMs) < NOTHING_MS ? 0 : differenceMs;
}

/** Milliseconds since 1970 by the service's clock. */
export function serverNow(nowMs: number = Date.now()): number {
  return nowMs + aheadMs;
}
