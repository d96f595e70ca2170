import { describe, expect, it } from "vitest";

import { safeReturnPath, withReturn } from "./returnPath";

describe("test_attack_22_open_redirect", () => {
  it.each([
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "evil.example",
    "@evil.example",
    "/a\\..\\\\evil.example",
    "",
    `/${"a".repeat(3000)}`,
  ])("leads nowhere else: %j", (wanted) => expect(safeReturnPath(wanted, "/safe")).toBe("/safe"));

  it.each([
    ["/watch/t-1?protocol=hls#x", "/watch/t-1?protocol=hls#x"],
    ["/title/a%2F%2Fb", "/title/a%2F%2Fb"],
    ["/studio/../account", "/account"],
    ["/search?q=https://evil.example", "/search?q=https://evil.example"],
  ])("keeps what stays here: %j", (wanted, path) => expect(safeReturnPath(wanted)).toBe(path));

  it("never goes back to a door", () => {
    expect(safeReturnPath("/sign-in?return_to=%2Fsign-in")).toBe("/");
    expect(safeReturnPath("/join/payment", "/x")).toBe("/join/payment");
    expect(safeReturnPath(null)).toBe("/");
  });

  it("writes the way back into an address", () => {
    expect(withReturn("/sign-in", "/watch/t-1?a=b")).toBe("/sign-in?return_to=%2Fwatch%2Ft-1%3Fa%3Db");
    expect(withReturn("/sign-in", "//evil.example")).toBe("/sign-in");
  });
});
