import "./studio.css";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { NavLink, Outlet } from "react-router";

import { keys } from "@/api/queries";
import { getSession, signOut } from "@/api/studio";
import { mayEdit, useSession } from "@/session/useSession";
import { Button } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { useLiveJobs } from "./live";
import { SignIn } from "./SignIn";

function LiveBadge() {
  const live = useLiveJobs();
  const words = { connecting: "Connecting…", live: "Live", broken: "Reconnecting…" }[live];
  return (
    <span className={`live-badge live-${live}`} role="status">
      {words}
    </span>
  );
}

function Inside({ by }: { by: "key" | "account" }) {
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: signOut,
    onSettled: async () => {
      client.removeQueries({ queryKey: keys.jobs });
      client.removeQueries({ queryKey: keys.allStudioTitles });
      await client.invalidateQueries({ queryKey: keys.session });
      await client.invalidateQueries({ queryKey: keys.member });
    },
  });
  return (
    <div className="page studio">
      <div className="studio-bar">
        <nav aria-label="Studio">
          <NavLink to="/studio" end>
            Uploads
          </NavLink>
          <NavLink to="/studio/titles">Titles</NavLink>
          <NavLink to="/studio/imports">Imports</NavLink>
        </nav>
        <LiveBadge />
        {by === "key" && (
          <Button small look="quiet" onClick={() => leave.mutate()}>
            Sign out
          </Button>
        )}
      </div>
      <Outlet />
    </div>
  );
}

/** The studio is for editors and administrators by their account, and for whoever holds the operator key. */
export function StudioLayout() {
  const member = useSession();
  const session = useQuery({ queryKey: keys.session, queryFn: ({ signal }) => getSession(signal) });
  if (session.data?.role === "operator") return <Inside by="key" />;
  if (mayEdit(member.data)) return <Inside by="account" />;
  if (session.data !== undefined) return <SignIn />;
  if (session.isError) {
    return (
      <div className="page">
        <ProblemNotice error={session.error} level={1} onRetry={() => void session.refetch()} />
      </div>
    );
  }
  return (
    <div className="page" aria-busy="true">
      <h1 tabIndex={-1} className="visually-hidden">
        Studio, loading
      </h1>
    </div>
  );
}
