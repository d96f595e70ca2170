import { describe, expect, it } from "vitest";

import { readLetter } from "./letter";

const SOURCE = `<html><head><style>.a { color: red }</style><script>alert(1)</script><base href="//evil.example"><meta http-equiv="refresh" content="0;url=//evil.example"></head>
<body style="margin: 1px"><p class="a" STYLE = "color: blue" onclick="alert(1)">Words</p><img/onerror=alert(1) src=x><form action="/x"><input></form>
<a href="https://good.example/x">good</a><a href="/verify#t">ours</a><a href=" javascript:alert(1)">bad</a><a href="//evil.example">worse</a><a href="data:text/html,x">data</a></body></html>`;

describe("a letter", () => {
  const letter = readLetter(SOURCE);
  const shown = new DOMParser().parseFromString(letter.html, "text/html");

  it("keeps its words and its looks, as data", () => {
    expect(shown.querySelector("p")?.textContent).toBe("Words");
    expect(shown.querySelector("p")?.getAttribute("data-style")).toBe("color: blue");
    expect(letter.sheets.join("")).toContain(".a { color: red }");
  });

  it("loses everything that could act", () => {
    expect(shown.querySelectorAll("script, style, base, form, meta, iframe, object")).toHaveLength(0);
    for (const element of shown.querySelectorAll("*")) for (const { name } of Array.from(element.attributes)) expect(name).not.toMatch(/^on|^style$/);
  });

  it("opens web links beside the page and drops the others", () => {
    const links = Array.from(shown.querySelectorAll("a"), (link) => [link.textContent, link.getAttribute("href")]);
    expect(links).toEqual([["good", "https://good.example/x"], ["ours", "/verify#t"], ["bad", null], ["worse", null], ["data", null]]);
    for (const link of shown.querySelectorAll("a")) expect(link.getAttribute("target")).toBe("_blank");
  });
});
