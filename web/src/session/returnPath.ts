/** A host that cannot exist: a path that resolves to any other leaves this site. */
const HERE = "http://here.invalid";

/** Pages that only ever lead on; coming back to one would go in a circle. */
const DOORS = ["/sign-in", "/join", "/verify", "/reset", "/setup"];

/**
 * Where to go after signing in, from an address that anybody may have written: a path of this site, or `fallback`.
 *
 * Other schemes, other hosts, `//host`, `/\host` and control characters, which browsers drop while they parse, are refused.
 */
export function safeReturnPath(wanted: string | null | undefined, fallback = "/"): string {
  if (wanted === null || wanted === undefined || wanted.length > 2000) return fallback;
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (!wanted.startsWith("/") || /^\/[/\\]|[\u0000-\u001f\u007f\\]/.test(wanted)) return fallback;
  if (!URL.canParse(wanted, HERE)) return fallback;
  const url = new URL(wanted, HERE);
  if (url.origin !== HERE || url.pathname.startsWith("//")) return fallback;
  if (DOORS.includes(url.pathname)) return fallback;
  return url.pathname + url.search + url.hash;
}

/** The address of a page that leads back to where somebody is now. */
export function withReturn(page: string, path: string): string {
  const back = safeReturnPath(path);
  return back === "/" ? page : `${page}?return_to=${encodeURIComponent(back)}`;
}
