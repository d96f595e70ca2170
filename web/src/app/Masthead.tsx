import { useSyncExternalStore } from "react";
import { Link, NavLink, useLocation } from "react-router";

import type { SessionView } from "@/api/session";
import { withReturn } from "@/session/returnPath";
import { mayEdit, membershipOf, useSession } from "@/session/useSession";
import { LinkButton, Wordmark } from "@/ui/primitives";

import { ProfileMenu } from "./ProfileMenu";

function subscribeToScroll(listener: () => void): () => void {
  window.addEventListener("scroll", listener, { passive: true });
  return () => window.removeEventListener("scroll", listener);
}

function isStaff(view: SessionView | undefined): boolean {
  return view !== undefined && ["support", "admin", "operator"].includes(view.role);
}

function StrangerLinks() {
  const { pathname } = useLocation();
  const atDoor = pathname === "/sign-in" || pathname === "/join";
  return (
    <>
      <NavLink to={atDoor ? "/sign-in" : withReturn("/sign-in", pathname)}>Sign in</NavLink>
      {!atDoor && (
        <LinkButton to="/join" look="primary" small>
          Join
        </LinkButton>
      )}
    </>
  );
}

/** The bar at the top: the way home, the house's rooms that this caller may enter, and who is here. */
export function Masthead() {
  const scrolled = useSyncExternalStore(subscribeToScroll, () => window.scrollY > 8);
  const { data } = useSession();
  const membership = membershipOf(data);
  const kids = data?.profile?.kids === true;
  return (
    <header className={scrolled ? "masthead masthead-solid" : "masthead"}>
      <Link to="/" className="masthead-home">
        <Wordmark />
      </Link>
      <nav aria-label="Main">
        <NavLink to="/" end className={({ isActive }) => (isActive ? "active masthead-wide" : "masthead-wide")}>
          Programme
        </NavLink>
        {!kids && mayEdit(data) && <NavLink to="/studio">Studio</NavLink>}
        {!kids && isStaff(data) && <NavLink to="/admin">House</NavLink>}
        {membership === "stranger" && <StrangerLinks />}
        {data !== undefined && membership === "member" && <ProfileMenu session={data} />}
      </nav>
    </header>
  );
}
