/**
 * Clear Key over HLS.
 *
 * An HLS playlist written by Shaka Packager names its key as `KEYFORMAT="identity"` with the key ID in its URI.
 * Shaka Player takes what stands in that URI for the key itself and then never asks a licence server. The line is
 * therefore rewritten, in memory, into the one form of which the player makes EME initialisation data: a pssh box. The
 * box is the common one that names key IDs only, and the key system that the form implies is mapped to Clear Key by
 * `KEY_SYSTEMS`, so that HLS and DASH ask for licences in the same way.
 */

const COMMON_SYSTEM = "1077efecc0b24d02ace33c1e52e2fb4b";
const FORM = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
const KEY_ID_BYTES = 16;

export const CLEAR_KEY = "org.w3.clearkey";
export const FORM_KEY_SYSTEM = "com.widevine.alpha";

function bytesFromHex(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

function bytesFromBase64(text: string): number[] | null {
  try {
    return Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Build a version 1 pssh box of the common system that names one key ID of 16 bytes (ISO/IEC 23001-7 §8.1). */
export function commonPssh(keyId: readonly number[]): number[] {
  const body = [1, 0, 0, 0, ...bytesFromHex(COMMON_SYSTEM), 0, 0, 0, 1, ...keyId, 0, 0, 0, 0];
  const size = body.length + 8;
  return [0, 0, 0, size, ...Array.from("pssh", (c) => c.charCodeAt(0)), ...body];
}

/** Read the key ID out of a key line: `clearkey:<32 hex digits>`, or the packager's own `data:` form. */
function namedKey(line: string): number[] | null {
  const ours = /URI="clearkey:([0-9a-f]{32})"/i.exec(line)?.[1];
  if (ours !== undefined) return bytesFromHex(ours);
  const packagers = /URI="data:text\/plain;base64,([^"]+)"/.exec(line)?.[1];
  return packagers === undefined ? null : bytesFromBase64(packagers);
}

function rewriteLine(line: string): string {
  if (!line.startsWith("#EXT-X-KEY:") || !line.includes('KEYFORMAT="identity"')) return line;
  const keyId = namedKey(line);
  if (keyId?.length !== KEY_ID_BYTES) return line;
  const hex = keyId.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const box = btoa(String.fromCharCode(...commonPssh(keyId)));
  const attributes = [
    "METHOD=SAMPLE-AES",
    `KEYFORMAT="${FORM}"`,
    'KEYFORMATVERSIONS="1"',
    `URI="data:text/plain;base64,${box}"`,
    `KEYID=0x${hex}`,
  ];
  return `#EXT-X-KEY:${attributes.join(",")}`;
}

/** Rewrite the key lines of a playlist; anything else comes back unchanged. */
export function rewriteHlsKeys(playlist: string): string {
  if (!playlist.startsWith("#EXTM3U")) return playlist;
  return playlist.split("\n").map(rewriteLine).join("\n");
}
