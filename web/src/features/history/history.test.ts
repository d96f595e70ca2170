import { describe, expect, it } from "vitest";

import type { HistoryLine } from "@/api/history";

import { byDay, daysAgo, fractionOf } from "./model";

function line(id: string, at: Date | string): HistoryLine {
  const watchedAt = typeof at === "string" ? at : at.toISOString();
  return { title_id: id, card: null, name: id, series: null, watched_at: watchedAt, position_seconds: 30, duration_seconds: 120, completed: false };
}

describe("the history", () => {
  it("is told by days of the reader's own calendar", () => {
    const lines = [line("a", new Date(2026, 10, 21, 9)), line("b", new Date(2026, 10, 21, 0, 5)), line("c", new Date(2026, 10, 20, 23, 55)), line("d", "never")];
    expect(byDay(lines).map((day) => day.lines.map((one) => one.title_id))).toEqual([["a", "b"], ["c", "d"]]);
    expect(byDay([])).toEqual([]);
  });

  it("knows today and yesterday, also over the change of the clocks", () => {
    const now = new Date(2026, 9, 26, 0, 30);
    expect(daysAgo(new Date(2026, 9, 26, 0, 1), now)).toBe(0);
    expect(daysAgo(new Date(2026, 9, 25, 23, 59), now)).toBe(1);
    expect(daysAgo(new Date(2026, 9, 24, 12), now)).toBe(2);
  });

  it("says how far somebody got", () => {
    expect(fractionOf(line("a", ""))).toBe(0.25);
    expect(fractionOf({ ...line("a", ""), completed: true })).toBe(1);
    expect(fractionOf({ ...line("a", ""), duration_seconds: 0 })).toBe(0);
  });
});
