import { describe, expect, it } from "vitest";

import { isSpoken } from "./speech";

describe("pages in the viewer's language", () => {
  it("are those of watching and finding", () => {
    for (const path of ["/", "/title/t-1", "/watch/t-1", "/search", "/my-list", "/history", "/genre/science-fiction", "/person/p-1", "/row/top-10", "/genres"]) expect(isSpoken(path, "viewer"), path).toBe(true);
  });

  it("are not those of accounts and staff, nor the front for strangers", () => {
    for (const path of ["/account", "/account/plan", "/studio", "/admin/members", "/sign-in", "/profiles", "/nowhere"]) expect(isSpoken(path, "viewer"), path).toBe(false);
    expect(isSpoken("/", "stranger")).toBe(false);
    expect(isSpoken("/search", "stranger")).toBe(true);
  });
});
