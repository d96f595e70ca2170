import { useCallback } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { linkProvider, type SessionView } from "@/api/session";
import { safeReturnPath } from "@/session/returnPath";
import { useTakeUp } from "@/session/useSession";

/** Returns what to do with a fresh session: take it up, and go where the person wanted to be. */
export function useArrive(): (view: SessionView) => Promise<void> {
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const target = safeReturnPath(search.get("return_to"));
  const links = search.get("problem") === "provider-link-needed";
  return useCallback(
    async (view) => {
      // A link that fails is no reason to stay outside: it can be made on the account's security page.
      if (links) await linkProvider().catch(() => undefined);
      await takeUp(view);
      await navigate(target, { replace: true });
    },
    [takeUp, navigate, target, links],
  );
}
