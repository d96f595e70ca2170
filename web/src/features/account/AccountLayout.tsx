import "./account.css";

import { NavLink, Outlet } from "react-router";

import { currentProfile, leaveHouse, useSession } from "@/session/useSession";
import { LinkButton, Notice } from "@/ui/primitives";
import { useSpatialNavigation } from "@/ui/spatial";

export type Section = { to: string; label: string };

/** Children's profiles get no further than this; the service refuses them too. */
function Grownups() {
  return (
    <div className="page page-beamed">
      <Notice title="This is for grown-ups" level={1}>
        <p>The account can be changed from a profile that is not a child’s.</p>
        <LinkButton to="/profiles" look="primary">
          Change who’s watching
        </LinkButton>
        <LinkButton to="/">Back to the films</LinkButton>
      </Notice>
    </div>
  );
}

/** The frame of the account's pages. Which there are, the app says. */
export function AccountLayout({ sections }: { sections: readonly Section[] }) {
  useSpatialNavigation();
  const session = useSession();
  if (currentProfile(session.data)?.kids === true) return <Grownups />;
  return (
    <div className="page account">
      <nav className="account-nav" aria-label="Account">
        {sections.map((section) => (
          <NavLink key={section.to} to={section.to} end={section.to === "/account"}>
            {section.label}
          </NavLink>
        ))}
        <button type="button" onClick={() => void leaveHouse()}>
          Sign out
        </button>
      </nav>
      <div className="account-page">
        <Outlet />
      </div>
    </div>
  );
}
