/** Days and moments as people read them, in the reader's own time zone. */

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

function written(format: Intl.DateTimeFormat, iso: string | null): string {
  if (iso === null) return "—";
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "—" : format.format(at);
}

export function dayText(iso: string | null): string {
  return written(DAY, iso);
}

export function shortDayText(iso: string | null): string {
  return written(SHORT, iso);
}

export function momentText(iso: string | null): string {
  return written(MOMENT, iso);
}

/** A moment as `<input type="datetime-local">` wants it. */
export function localInput(iso: string | null): string {
  if (iso === null) return "";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What such an input holds as a moment in UTC; null when it is empty. */
export function fromLocalInput(typed: string): string | null {
  const at = typed === "" ? new Date(Number.NaN) : new Date(typed);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
