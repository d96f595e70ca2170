/** Moments of a film as people write them. */

/** Seconds as `m:ss`, or `h:mm:ss` from an hour on; tenths only when there are some. */
export function clockText(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const whole = Math.floor(tenths / 10);
  const two = (part: number) => String(part).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const fraction = tenths % 10 === 0 ? "" : `.${tenths % 10}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}${fraction}` : `${minutes}:${two(rest)}${fraction}`;
}

/** What `1:23`, `1:02:03`, `83` or `1:23.5` means in seconds; null for anything else. */
export function secondsOf(typed: string): number | null {
  const match = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)$/.exec(typed.trim());
  if (match === null) return null;
  const [, hours, minutes, seconds] = match;
  const rest = Number(seconds);
  if (minutes !== undefined && rest >= 60) return null;
  if (hours !== undefined && Number(minutes) >= 60) return null;
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + rest;
}
