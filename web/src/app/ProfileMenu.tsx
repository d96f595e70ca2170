import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Link, useLocation } from "react-router";

import type { ProfileView, SessionView } from "@/api/session";
import { withReturn } from "@/session/returnPath";
import { leaveHouse } from "@/session/useSession";
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
            {profile.name}
            {profile.has_pin && <Icon name="lock" />}
          </Link>
        </li>
      ))}
    </>
  );
}

type Props = { session: SessionView };

/** Who is watching, and the ways on from there. It is a list of links that a button shows, not an application menu. */
export function ProfileMenu({ session }: Props) {
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
        <span className="profile-button-name">{name === "" ? "Account" : name}</span>
        <Icon name="down" />
      </button>
      {open && (
        <ul id={id} className="profile-list">
          {!kids && <Others profiles={session.profiles.filter((one) => one.profile_id !== profile?.profile_id)} onGo={close} />}
          <li>
            <Link to={kids ? "/profiles" : withReturn("/profiles", pathname)} onClick={close}>
              {kids ? "Leave the kids' room" : "Who is watching?"}
            </Link>
          </li>
          {!kids && (
            <>
              <li className="profile-list-rule">
                <Link to="/account" onClick={close}>
                  Account
                </Link>
              </li>
              <li>
                <Link to="/profiles/manage" onClick={close}>
                  Manage profiles
                </Link>
              </li>
              <li>
                <Link to="/pair" onClick={close}>
                  Connect a television
                </Link>
              </li>
              <li>
                <button type="button" onClick={leave}>
                  Sign out
                </button>
              </li>
            </>
          )}
        </ul>
      )}
    </div>
  );
}
