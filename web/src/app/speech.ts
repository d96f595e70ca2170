/** Which pages speak the viewer's language. The others, for staff, accounts and strangers, are in English. */

const SPOKEN = [/^\/(title|watch|person|genre|row)\/[^/]+\/?$/, /^\/(search|my-list|history|genres)\/?$/];

export type Reader = "stranger" | "viewer";

/** Whether a page's words come from the catalogues; the front of the house is another page for strangers. */
export function isSpoken(path: string, reader: Reader): boolean {
  return path === "/" ? reader === "viewer" : SPOKEN.some((pattern) => pattern.test(path));
}
