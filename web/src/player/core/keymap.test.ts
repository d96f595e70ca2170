import { describe, expect, it } from "vitest";

import { actionForKey, HELP, nextSpeed, SPEEDS, type KeyPress } from "./keymap";

function press(key: string, over: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...over };
}

describe("actionForKey", () => {
  it.each([
    [" ", { kind: "toggle-play" }],
    ["k", { kind: "toggle-play" }],
    ["K", { kind: "toggle-play" }],
    ["j", { kind: "seek-by", seconds: -10 }],
    ["l", { kind: "seek-by", seconds: 10 }],
    ["ArrowRight", { kind: "seek-by", seconds: 5 }],
    ["ArrowDown", { kind: "volume-by", step: -0.05 }],
    ["f", { kind: "toggle-fullscreen" }],
    ["m", { kind: "toggle-mute" }],
    ["c", { kind: "toggle-subtitles" }],
    ["i", { kind: "toggle-picture-in-picture" }],
    ["s", { kind: "skip-part" }],
    ["d", { kind: "toggle-statistics" }],
    ["7", { kind: "seek-to-fraction", fraction: 0.7 }],
    ["0", { kind: "seek-to-fraction", fraction: 0 }],
    ["Home", { kind: "seek-to-fraction", fraction: 0 }],
    ["End", { kind: "seek-to-fraction", fraction: 1 }],
    ["<", { kind: "speed-step", direction: -1 }],
    [">", { kind: "speed-step", direction: 1 }],
    [",", { kind: "frame-step", direction: -1 }],
    [".", { kind: "frame-step", direction: 1 }],
    ["?", { kind: "toggle-help" }],
  ])("%j", (key, action) => expect(actionForKey(press(key), "on")).toEqual(action));

  it("plays the next episode by Shift and N alone, and not once characters are switched off", () => {
    expect(actionForKey(press("N", { shiftKey: true }), "on")).toEqual({ kind: "next-episode" });
    expect(actionForKey(press("n"), "on")).toBeNull();
    expect(actionForKey(press("N", { shiftKey: true }), "off")).toBeNull();
  });

  it("leaves the browser's own combinations alone", () => {
    for (const over of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
      expect(actionForKey(press("f", over), "on")).toBeNull();
      expect(actionForKey(press("ArrowLeft", over), "on")).toBeNull();
    }
  });

  it("knows no characters when they are switched off, but still Space and the arrows", () => {
    for (const key of ["k", "j", "l", "f", "m", "c", "i", "s", "3", "<", ",", "?"]) {
      expect(actionForKey(press(key), "off")).toBeNull();
    }
    expect(actionForKey(press(" "), "off")).toEqual({ kind: "toggle-play" });
    expect(actionForKey(press("ArrowLeft"), "off")).toEqual({ kind: "seek-by", seconds: -5 });
    expect(actionForKey(press("End"), "off")).toEqual({ kind: "seek-to-fraction", fraction: 1 });
  });

  it("ignores keys without a meaning", () => {
    for (const key of ["x", "Tab", "Shift", "F5", "ä"]) expect(actionForKey(press(key), "on")).toBeNull();
  });

  it("does what the help sheet promises for every single key on it", () => {
    const named: Record<string, string> = { Space: " ", "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown" };
    for (const line of HELP) {
      const shiftKey = line.keys.includes("Shift");
      for (const key of line.keys.filter((one) => one !== "…" && one !== "Shift")) {
        expect(actionForKey(press(named[key] ?? key, { shiftKey }), "on"), key).not.toBeNull();
      }
    }
  });
});

describe("nextSpeed", () => {
  it("walks up and down and stops at the ends", () => {
    expect(nextSpeed(1, 1)).toBe(1.25);
    expect(nextSpeed(1, -1)).toBe(0.75);
    expect(nextSpeed(2, 1)).toBe(2);
    expect(nextSpeed(0.5, -1)).toBe(0.5);
    expect(nextSpeed(1.1, -1)).toBe(1);
    expect(SPEEDS).toContain(nextSpeed(1.6, 1));
  });
});
