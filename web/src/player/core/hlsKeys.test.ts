import { describe, expect, it } from "vitest";

import { commonPssh, rewriteHlsKeys } from "./hlsKeys";

const KEY_ID = "00112233445566778899aabbccddeeff";
const KEY_LINE = '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,ABEiM0RVZneImaq7zN3u/w==",IV=0x49c3c8ff69bd706f3a729822ca63ebeb,KEYFORMAT="identity"';
const PLAYLIST = `#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-MAP:URI="init.mp4"\n${KEY_LINE}\n#EXTINF:4.000,\n00001.m4s\n#EXT-X-ENDLIST\n`;

function base64(bytes: number[]): string {
  return btoa(String.fromCharCode(...bytes));
}

describe("commonPssh", () => {
  it("is the box that the packager writes for the same key ID", () => {
    const bytes = (KEY_ID.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    expect(base64(commonPssh(bytes))).toBe("AAAANHBzc2gBAAAAEHfv7MCyTQKs4zweUuL7SwAAAAEAESIzRFVmd4iZqrvM3e7/AAAAAA==");
  });
});

describe("rewriteHlsKeys", () => {
  it("turns the key line into initialisation data with the key ID and touches nothing else", () => {
    const rewritten = rewriteHlsKeys(PLAYLIST).split("\n");
    const original = PLAYLIST.split("\n");
    expect(rewritten).toHaveLength(original.length);
    rewritten.forEach((line, index) => {
      if (original[index] !== KEY_LINE) expect(line).toBe(original[index]);
    });
    expect(rewritten[3]).toContain(`KEYID=0x${KEY_ID}`);
    expect(rewritten[3]).toContain("METHOD=SAMPLE-AES");
    expect(rewritten[3]).not.toContain("identity");
  });

  it.each([
    ["a playlist in clear", PLAYLIST.replace(`${KEY_LINE}\n`, "")],
    ["a key of another form", PLAYLIST.replace("identity", "com.apple.streamingkeydelivery")],
    ["a key ID of the wrong size", PLAYLIST.replace("ABEiM0RVZneImaq7zN3u/w==", "ABEi")],
    ["broken base64", PLAYLIST.replace("ABEiM0RVZneImaq7zN3u/w==", "%%%")],
    ["something that is no playlist", `<MPD>${KEY_LINE}</MPD>`],
  ])("leaves %s as it is", (_name, text) => expect(rewriteHlsKeys(text)).toBe(text));
});
