import { useSyncExternalStore } from "react";
import { Link, NavLink, useLocation } from "react-router";

import type { SessionView } from "@/api/session";
import { useI18n, type MessageKey } from "@/i18n";
import { withReturn } from "@/session/returnPath";
import { currentProfile, mayEdit, membershipOf, useSession } from "@/session/useSession";
import { Icon } from "@/ui/icons";
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
  const { t } = useI18n();
  const { pathname } = useLocation();
  const atDoor = pathname === "/sign-in" || pathname === "/join";
  return (
    <>
      <NavLink to={atDoor ? "/sign-in" : withReturn("/sign-in", pathname)}>{t("nav.sign-in")}</NavLink>
      {!atDoor && (
        <LinkButton to="/join" look="primary" small>
          {t("nav.join")}
        </LinkButton>
      )}
    </>
  );
}

const PLACES: readonly (readonly [to: string, label: MessageKey])[] = [
  ["/genres", "nav.genres"],
  ["/my-list", "nav.my-list"],
  ["/history", "nav.history"],
];

function Places() {
  const { t } = useI18n();
  return PLACES.map(([to, label]) => (
    <NavLink key={to} to={to} className={({ isActive }) => (isActive ? "active masthead-wide" : "masthead-wide")}>
      {t(label)}
    </NavLink>
  ));
}

/** The bar at the top, always one row: the way home, where to go, search, the house's rooms, and who is here. */
export function Masthead({ ready }: { ready: boolean }) {
  const { t } = useI18n();
  const scrolled = useSyncExternalStore(subscribeToScroll, () => window.scrollY > 8);
  const { data } = useSession();
  const membership = membershipOf(data);
  const profile = currentProfile(data);
  const kids = profile?.kids === true;
  const stranger = membership === "stranger";
  return (
    <header className={scrolled ? "masthead masthead-solid" : "masthead"}>
      <Link to="/" className="masthead-home">
        <Wordmark />
      </Link>
      {/* Who is here is not known for a moment: all of the bar comes at once then, and nothing in it moves. */}
      <nav aria-label={t("nav.main")} hidden={membership === "unknown" || !ready}>
        <NavLink to="/" end className={({ isActive }) => (isActive ? "active masthead-wide" : "masthead-wide")}>
          {t(stranger ? "nav.programme" : "nav.home")}
        </NavLink>
        {profile !== null && <Places />}
        {!kids && mayEdit(data) && (
          <NavLink to="/studio" className={({ isActive }) => (isActive ? "active masthead-staff" : "masthead-staff")}>
            {t("nav.studio")}
          </NavLink>
        )}
        {!kids && isStaff(data) && (
          <NavLink to="/admin" className={({ isActive }) => (isActive ? "active masthead-staff" : "masthead-staff")}>
            {t("nav.house")}
          </NavLink>
        )}
        <NavLink to="/search" className="masthead-search" aria-label={t("nav.search")} title={t("search.hint")} aria-keyshortcuts="/">
          <Icon name="search" />
          <kbd aria-hidden="true">/</kbd>
        </NavLink>
        {membership === "stranger" && <StrangerLinks />}
        {data !== undefined && membership === "member" && <ProfileMenu session={data} />}
      </nav>
    </header>
  );
}
