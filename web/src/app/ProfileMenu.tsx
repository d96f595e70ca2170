import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Link, useLocation } from "react-router";

import type { ProfileView, SessionView } from "@/api/session";
import { useI18n } from "@/i18n";
import { withReturn } from "@/session/returnPath";
import { leaveHouse, mayEdit } from "@/session/useSession";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/icons";

function useDismiss(open: boolean, close: () => void) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && frame.current?.contains(event.target) !== true) close();
    };
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open, close]);
  return frame;
}

/** Others of the household lead through the gate, which knows whose PIN to ask for. */
function Others({ profiles, onGo }: { profiles: readonly ProfileView[]; onGo: () => void }) {
  return (
    <>
      {profiles.map((profile) => (
        <li key={profile.profile_id}>
          <Link to={`/profiles?enter=${encodeURIComponent(profile.profile_id)}`} onClick={onGo}>
            <span className="profile-face profile-face-small">
              <Avatar name={profile.avatar} />
            </span>
            <bdi>{profile.name}</bdi>
            {profile.has_pin && <Icon name="lock" />}
          </Link>
        </li>
      ))}
    </>
  );
}

/** On a phone the bar has no room for the house's rooms: their doors are here. */
function StaffLinks({ session, onGo }: { session: SessionView; onGo: () => void }) {
  const { t } = useI18n();
  const staff = session.role === "support" || session.role === "admin";
  return (
    <>
      {mayEdit(session) && (
        <li className="profile-list-narrow">
          <Link to="/studio" onClick={onGo}>
            {t("nav.studio")}
          </Link>
        </li>
      )}
      {staff && (
        <li className="profile-list-narrow">
          <Link to="/admin" onClick={onGo}>
            {t("nav.house")}
          </Link>
        </li>
      )}
      <li className="profile-list-narrow">
        <Link to="/genres" onClick={onGo}>
          {t("nav.genres")}
        </Link>
      </li>
    </>
  );
}

type Props = { session: SessionView };

/** Who is watching, and the ways on from there. It is a list of links that a button shows, not an application menu. */
export function ProfileMenu({ session }: Props) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const { pathname } = useLocation();
  const close = () => setOpen(false);
  const frame = useDismiss(open, close);
  const { profile } = session;
  const kids = profile?.kids === true;
  const name = profile?.name ?? session.account?.name ?? "";
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    close();
    button.current?.focus();
    event.stopPropagation();
  };
  const leave = () => {
    close();
    void leaveHouse();
  };
  return (
    <div ref={frame} className="profile-menu" onKeyDown={onKeyDown} onBlur={(event) => event.relatedTarget instanceof Node && !event.currentTarget.contains(event.relatedTarget) && close()}>
      <button ref={button} type="button" className="profile-button" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
        <span className="profile-face profile-face-small">
          <Avatar name={profile?.avatar ?? ""} />
        </span>
        <span className="profile-button-name">
          <bdi>{name === "" ? t("menu.account") : name}</bdi>
        </span>
        <Icon name="down" />
      </button>
      {open && (
        <ul id={id} className="profile-list">
          {!kids && <Others profiles={session.profiles.filter((one) => one.profile_id !== profile?.profile_id)} onGo={close} />}
          <li>
            <Link to={kids ? "/profiles" : withReturn("/profiles", pathname)} onClick={close}>
              {t(kids ? "menu.leave-kids" : "menu.who")}
            </Link>
          </li>
          {!kids && (
            <>
              <StaffLinks session={session} onGo={close} />
              <li className="profile-list-rule">
                <Link to="/account" onClick={close}>
                  {t("menu.account")}
                </Link>
              </li>
              <li>
                <Link to="/profiles/manage" onClick={close}>
                  {t("menu.manage")}
                </Link>
              </li>
              <li>
                <Link to="/pair" onClick={close}>
                  {t("menu.pair")}
                </Link>
              </li>
              <li>
                <button type="button" onClick={leave}>
                  {t("menu.sign-out")}
                </button>
              </li>
            </>
          )}
        </ul>
      )}
    </div>
  );
}
