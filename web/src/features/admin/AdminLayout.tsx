import "./admin.css";

import { Navigate, NavLink, Outlet, useLocation } from "react-router";

import { ConfirmProvider } from "@/session/ConfirmProvider";
import { withReturn } from "@/session/returnPath";
import { membershipOf, useSession } from "@/session/useSession";
import { LinkButton, Notice } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { isSenior, isStaff } from "./model";

const SECTIONS: [to: string, label: string, who: "staff" | "senior"][] = [
  ["/admin/members", "Members", "staff"],
  ["/admin/streams", "Streams", "staff"],
  ["/admin/plans", "Plans", "senior"],
  ["/admin/coupons", "Coupons and gifts", "senior"],
  ["/admin/ledger", "Ledger", "senior"],
  ["/admin/audit", "Audit", "senior"],
  ["/admin/operations", "Operations", "senior"],
  ["/mailbox", "Mailbox", "senior"],
];

function NotYours() {
  return (
    <div className="page page-beamed">
      <Notice title="This is the house’s office" level={1}>
        <p>Your account may not come in here. Whoever runs the house can give it another role.</p>
        <LinkButton to="/" look="primary">
          To the programme
        </LinkButton>
      </Notice>
    </div>
  );
}

/** The frame of the office. The service decides on each request; this only shows the doors that open. */
export function AdminLayout() {
  useSpatialNavigation();
  const session = useSession();
  const { pathname, search } = useLocation();
  if (session.isError) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={session.error} level={1} onRetry={() => void session.refetch()} />
      </div>
    );
  }
  if (session.data === undefined) {
    return (
      <div className="page" aria-busy="true">
        <h1 tabIndex={-1} className="visually-hidden">
          Office, loading
        </h1>
      </div>
    );
  }
  if (!isStaff(session.data)) return membershipOf(session.data) === "stranger" ? <Navigate to={withReturn("/sign-in", pathname + search)} replace /> : <NotYours />;
  const senior = isSenior(session.data);
  const seniorOnly = SECTIONS.some(([to, , who]) => who === "senior" && pathname.startsWith(to));
  if (seniorOnly && !senior) return <NotYours />;
  return (
    <ConfirmProvider>
      <div className={pathname.startsWith("/admin/operations") ? "page office office-wide" : "page office"}>
        <nav className="office-nav" aria-label="House">
          {SECTIONS.filter(([, , who]) => senior || who === "staff").map(([to, label]) => (
            <NavLink key={to} to={to}>
              {label}
            </NavLink>
          ))}
        </nav>
        <div className="office-page">
          <Outlet />
        </div>
      </div>
    </ConfirmProvider>
  );
}
