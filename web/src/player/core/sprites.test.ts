import { describe, expect, it } from "vitest";

import { parseSpriteIndex, spriteAt, vttSeconds } from "./sprites";

const INDEX = "http://edge.test/v1/token/trickplay/index.vtt";
const TWO = `WEBVTT

00:00:00.000 --> 00:00:02.000
sprite-001.jpg#xywh=0,0,160,90

00:00:02.000 --> 00:00:04.000
sprite-001.jpg#xywh=160,0,160,90
`;

describe("vttSeconds", () => {
  it.each([
    ["00:00:01.500", 1.5],
    ["01:02:03.004", 3723.004],
    ["02:03.250", 123.25],
    ["100:00:00.000", 360_000],
  ])("reads %s", (text, seconds) => expect(vttSeconds(text)).toBeCloseTo(seconds, 6));

  it.each(["", "1:2:3", "00:61:00.000", "00:00:00", "aa:bb.ccc"])("refuses %j", (text) => expect(vttSeconds(text)).toBeNull());
});

describe("parseSpriteIndex", () => {
  it("reads cues and finds sheets beside the index", () => {
    const [first, second] = parseSpriteIndex(TWO, INDEX);
    expect(first).toEqual({ startSeconds: 0, endSeconds: 2, url: "http://edge.test/v1/token/trickplay/sprite-001.jpg", x: 0, y: 0, width: 160, height: 90 });
    expect(second?.x).toBe(160);
  });

  it("reads Windows line ends, a byte order mark, and cue settings", () => {
    const text = `\uFEFF${TWO.replaceAll("\n", "\r\n").replace("02.000\r\nsprite", "02.000 align:start\r\nsprite")}`;
    expect(parseSpriteIndex(text, INDEX)).toHaveLength(2);
  });

  it.each([
    ["not VTT", "hello"],
    ["no rectangle", "WEBVTT\n\n00:00.000 --> 00:02.000\nsprite.jpg"],
    ["an empty rectangle", "WEBVTT\n\n00:00.000 --> 00:02.000\nsprite.jpg#xywh=0,0,0,90"],
    ["time running backwards", "WEBVTT\n\n00:02.000 --> 00:01.000\nsprite.jpg#xywh=0,0,160,90"],
    ["a script address", "WEBVTT\n\n00:00.000 --> 00:02.000\njavascript:alert(1)#xywh=0,0,160,90"],
    ["a timing line at the very end", "WEBVTT\n\n00:00.000 --> 00:02.000"],
  ])("leaves out %s", (_name, text) => expect(parseSpriteIndex(text, INDEX)).toEqual([]));

  it("stops at a bound, however long the index is", () => {
    const cue = "00:00.000 --> 00:02.000\ns.jpg#xywh=0,0,1,1\n\n";
    expect(parseSpriteIndex(`WEBVTT\n\n${cue.repeat(20_100)}`, INDEX)).toHaveLength(20_000);
  });
});

describe("spriteAt", () => {
  const sprites = parseSpriteIndex(TWO, INDEX);

  it("finds the one that holds a moment", () => {
    expect(spriteAt(sprites, 1.99)?.x).toBe(0);
    expect(spriteAt(sprites, 2)?.x).toBe(160);
  });

  it("shows the nearest before the start and after the end", () => {
    expect(spriteAt(sprites, -1)?.x).toBe(0);
    expect(spriteAt(sprites, 99)?.x).toBe(160);
  });

  it("finds nothing in nothing", () => expect(spriteAt([], 1)).toBeNull());
});
