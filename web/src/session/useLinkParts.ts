import { useEffect, useState } from "react";

export type LinkParts = { token: string | null; plan: string | null };

/** A part of a link in a mail: behind the `#`, which browsers send to nobody, or in the query. */
function part(name: string): string | null {
  const hash = new URLSearchParams(window.location.hash.slice(1)).get(name);
  const value = hash ?? new URLSearchParams(window.location.search).get(name);
  return value === "" ? null : value;
}

/** What a link in a mail carries. It is taken out of the address at once, so that it stays out of history and screenshots. */
export function useLinkParts(): LinkParts {
  const [parts] = useState<LinkParts>(() => ({ token: part("token"), plan: part("plan") }));
  useEffect(() => {
    if (parts.token !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
  }, [parts]);
  return parts;
}
