import { describe, expect, it } from "vitest";

import { EdgeRing } from "./edges";

function urls(token: string, ...pathways: string[]) {
  return pathways.map((pathway) => ({
    pathway,
    hls_url: `http://${pathway}.test/v1/${token}/master.m3u8`,
    dash_url: `http://${pathway}.test/v1/${token}/manifest.mpd`,
  }));
}

describe("EdgeRing", () => {
  it("offers every edge for a file, the one in use first", () => {
    const ring = new EdgeRing(urls("t1", "a", "b", "c"));
    expect(ring.candidates("http://a.test/v1/t1/video/x/1.m4s")).toEqual([
      "http://a.test/v1/t1/video/x/1.m4s",
      "http://b.test/v1/t1/video/x/1.m4s",
      "http://c.test/v1/t1/video/x/1.m4s",
    ]);
  });

  it("stays with the edge that answered after another failed", () => {
    const ring = new EdgeRing(urls("t1", "a", "b", "c"));
    expect(ring.answered("http://b.test/v1/t1/master.m3u8")).toBe(true);
    expect(ring.pathway).toBe("b");
    expect(ring.candidates("http://a.test/v1/t1/x")[0]).toBe("http://b.test/v1/t1/x");
    expect(ring.candidates("http://a.test/v1/t1/x")[2]).toBe("http://a.test/v1/t1/x");
    expect(ring.answered("http://b.test/v1/t1/x")).toBe(false);
  });

  it("moves addresses of an earlier grant to the present one, on the same edge", () => {
    const ring = new EdgeRing(urls("old", "a", "b"));
    ring.answered("http://b.test/v1/old/x");
    ring.update(urls("new", "a", "b"));
    expect(ring.pathway).toBe("b");
    expect(ring.candidates("http://a.test/v1/old/audio/1.m4s")).toEqual(["http://b.test/v1/new/audio/1.m4s", "http://a.test/v1/new/audio/1.m4s"]);
  });

  it("starts over when the edge in use is not offered any more", () => {
    const ring = new EdgeRing(urls("t1", "a", "b"));
    ring.answered("http://b.test/v1/t1/x");
    ring.update(urls("t2", "c", "a"));
    expect(ring.pathway).toBe("c");
  });

  it("leaves alone what is not on an edge", () => {
    const ring = new EdgeRing(urls("t1", "a"));
    expect(ring.candidates("data:text/plain,hello")).toEqual(["data:text/plain,hello"]);
    expect(ring.candidates("http://a.test/v1/other/x")).toEqual(["http://a.test/v1/other/x"]);
    expect(ring.answered("http://elsewhere.test/x")).toBe(false);
  });
});
