import { useEffect, useRef, useSyncExternalStore } from "react";
import { Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";

import { useSession } from "@/session/useSession";

import { Masthead } from "./Masthead";
import { SessionKeeper } from "./SessionKeeper";

function subscribeToNetwork(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

function OfflineNote() {
  const online = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
  return (
    <div role="status" className="offline-place">
      {!online && <p className="offline-note">You are offline. What is on the screen stays; the rest comes back with the network.</p>}
    </div>
  );
}

const SETTLING_MS = 10_000;

function focusHeading(): void {
  const target = document.querySelector<HTMLElement>("main h1") ?? document.getElementById("main");
  if (target !== null && target.tabIndex !== 0) target.tabIndex = -1;
  target?.focus({ preventScroll: true });
}

/**
 * After a change of page, reading goes on at its heading, as it would after loading a document.
 *
 * A page that still loads shows another heading first. When that one goes, focus falls to the body: the next heading
 * takes it up, unless somebody has moved on meanwhile.
 */
function useFocusOnNavigation(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    const main = document.getElementById("main");
    if (main === null) return;
    focusHeading();
    const observer = new MutationObserver(() => {
      if (document.activeElement === document.body) focusHeading();
    });
    observer.observe(main, { childList: true, subtree: true });
    const timer = setTimeout(() => observer.disconnect(), SETTLING_MS);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [path]);
}

export function Shell() {
  const { pathname } = useLocation();
  const navigation = useNavigation();
  useFocusOnNavigation(pathname);
  const watching = pathname.startsWith("/watch/");
  const kids = useSession().data?.profile?.kids === true;
  useEffect(() => {
    document.documentElement.classList.toggle("kids", kids && !watching);
  }, [kids, watching]);
  return (
    <>
      <SessionKeeper />
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      {!watching && <Masthead />}
      <OfflineNote />
      {navigation.state === "loading" && <div className="page-progress" aria-hidden="true" />}
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </>
  );
}
