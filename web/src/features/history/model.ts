import type { HistoryLine } from "@/api/history";

export type Day = { key: string; date: Date; lines: HistoryLine[] };

function dayKey(at: Date): string {
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

/** Lines by the reader's own days, in the order given; a time that cannot be read counts as the day before it in the list. */
export function byDay(lines: readonly HistoryLine[]): Day[] {
  const days: Day[] = [];
  for (const line of lines) {
    const at = new Date(line.watched_at);
    const last = days.at(-1);
    if (last !== undefined && (Number.isNaN(at.getTime()) || last.key === dayKey(at))) last.lines.push(line);
    else days.push({ key: dayKey(at), date: at, lines: [line] });
  }
  return days;
}

/** How many days ago a day was, by the calendar; 0 is today. */
export function daysAgo(date: Date, now: Date): number {
  const midnight = (one: Date): number => Date.UTC(one.getFullYear(), one.getMonth(), one.getDate());
  return Math.round((midnight(now) - midnight(date)) / 86_400_000);
}

/** How far a line got, 0 to 1. */
export function fractionOf(line: Pick<HistoryLine, "completed" | "position_seconds" | "duration_seconds">): number {
  if (line.completed) return 1;
  return line.duration_seconds > 0 ? Math.min(Math.max(line.position_seconds / line.duration_seconds, 0), 1) : 0;
}
