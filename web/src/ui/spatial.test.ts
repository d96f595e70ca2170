import { describe, expect, it } from "vitest";

import { distance, nearest, type Box } from "./spatial";

function box(left: number, top: number, width = 100, height = 150): Box {
  return { left, top, right: left + width, bottom: top + height };
}

describe("nearest", () => {
  const row = [box(0, 0), box(110, 0), box(220, 0)];
  const below = [box(0, 200), box(110, 200), box(220, 200)];
  const all = [...row, ...below];

  it("goes along a row", () => {
    expect(nearest(box(0, 0), all.slice(1), "right")).toBe(0);
    expect(nearest(box(220, 0), row.slice(0, 2), "left")).toBe(1);
  });

  it("goes to the card right below, not to the first of the row", () => {
    expect(nearest(box(220, 0), below, "down")).toBe(2);
    expect(nearest(box(110, 200), row, "up")).toBe(1);
  });

  it("does not leave a row sideways", () => expect(nearest(box(220, 0), below, "right")).toBe(-1));

  it("stays where it is at the edge", () => expect(nearest(box(0, 0), all.slice(1), "up")).toBe(-1));

  it("never finds what lies behind", () => expect(distance(box(0, 200), box(0, 0), "down")).toBeNull());
});
