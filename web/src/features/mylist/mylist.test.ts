import { expect, it } from "vitest";

import { moved, placeAt } from "./model";

it("moves one and keeps the others in order", () => {
  expect([moved(["a", "b", "c"], 0, 2), moved(["a", "b", "c"], 2, 0), moved(["a", "b"], 5, 0)]).toEqual([["b", "c", "a"], ["c", "a", "b"], ["a", "b"]]);
});

it("finds the place that somebody drags to", () => {
  const boxes = [0, 100, 200].map((top) => ({ top, height: 100 }));
  expect([placeAt(-40, boxes), placeAt(120, boxes), placeAt(260, boxes), placeAt(999, boxes)]).toEqual([0, 1, 2, 2]);
});
