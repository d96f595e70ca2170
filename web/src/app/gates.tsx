import { Navigate, Outlet, useLocation } from "react-router";

import { ConfirmProvider } from "@/session/ConfirmProvider";
import { safeReturnPath, withReturn } from "@/session/returnPath";
import { currentProfile, membershipOf, useSession } from "@/session/useSession";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { PageOnItsWay } from "./HomePage";

function useHere(): string {
  const { pathname, search } = useLocation();
  return pathname + search;
}

/** Pages of an account: strangers are asked to sign in first and come back. */
export function MembersOnly() {
  const session = useSession();
  const here = useHere();
  const membership = membershipOf(session.data);
  if (membership === "member") {
    return (
      <ConfirmProvider>
        <Outlet />
      </ConfirmProvider>
    );
  }
  if (session.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={session.error} level={1} onRetry={() => void session.refetch()} />
      </div>
    );
  }
  return membership === "unknown" ? <PageOnItsWay /> : <Navigate to={withReturn("/sign-in", here)} replace />;
}

/** The programme: open to strangers; members first say who is watching. */
export function Audience() {
  const session = useSession();
  const here = useHere();
  if (session.isPending) return <PageOnItsWay />;
  if (membershipOf(session.data) === "member" && currentProfile(session.data) === null) {
    return <Navigate to={withReturn("/profiles", safeReturnPath(here))} replace />;
  }
  return <Outlet />;
}
