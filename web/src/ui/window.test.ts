import { describe, expect, it } from "vitest";

import { mounted, SPARE, spanOf, stepTo } from "./window";

describe("what of a row is there", () => {
  it("is what is near, whichever way the row scrolls", () => {
    expect(spanOf(0, 1000, 100, 200)).toEqual({ from: 0, to: 11 + SPARE });
    expect(spanOf(5000, 1000, 100, 200)).toEqual({ from: 50 - SPARE, to: 61 + SPARE });
    expect(spanOf(-5000, 1000, 100, 200)).toEqual(spanOf(5000, 1000, 100, 200));
    expect(spanOf(99_000, 1000, 100, 20)).toEqual({ from: 19 - SPARE, to: 20 });
    expect(spanOf(0, 1000, 0, 3)).toEqual({ from: 0, to: 3 });
  });

  it("always has the tile that holds focus, and its neighbours", () => {
    expect(mounted({ from: 3, to: 6 }, 50, 200)).toEqual([3, 4, 5, 49, 50, 51]);
    expect(mounted({ from: 0, to: 2 }, 0, 2)).toEqual([0, 1]);
  });

  it("walks by keys as the eye does", () => {
    expect([stepTo("ArrowRight", 3, 9, "ltr"), stepTo("ArrowRight", 3, 9, "rtl"), stepTo("ArrowLeft", 3, 9, "rtl")]).toEqual([4, 2, 4]);
    expect([stepTo("Home", 3, 9, "ltr"), stepTo("End", 3, 9, "rtl"), stepTo("ArrowRight", 8, 9, "ltr"), stepTo("Enter", 3, 9, "ltr")]).toEqual([0, 8, 8, null]);
  });
});
