import { useEffect, useRef } from "react";
import { Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";

import { useI18n } from "@/i18n";
import { useLateReports } from "@/session/useLateReports";
import { currentProfile, membershipOf, useSession } from "@/session/useSession";
import { Toasts } from "@/ui/Toasts";

import { BottomBar } from "./BottomBar";
import { PageOnItsWay } from "./HomePage";
import { useSpokenLanguage } from "./LanguageKeeper";
import { Masthead } from "./Masthead";
import { OfflineNote } from "./OfflineNote";
import { useSearchKey } from "./searchKey";
import { SessionKeeper } from "./SessionKeeper";
import { isSpoken } from "./speech";

const SETTLING_MS = 10_000;

function focusHeading(): void {
  const target = document.querySelector<HTMLElement>("main h1") ?? document.getElementById("main");
  if (target !== null && target.tabIndex !== 0) target.tabIndex = -1;
  target?.focus({ preventScroll: true });
}

/** Whether the page that has come put focus somewhere itself, as the search page does into its box. */
function pageHasFocus(): boolean {
  return document.activeElement?.closest("main") !== null && document.activeElement?.matches("[data-search-box]") === true;
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
    if (!pageHasFocus()) focusHeading();
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

/** The frame of every page. A page that does not speak the viewer's language says so, and reads in its own direction. */
export function Shell() {
  const { pathname } = useLocation();
  const navigation = useNavigation();
  const { t } = useI18n();
  const { data } = useSession();
  const speaking = useSpokenLanguage();
  useFocusOnNavigation(pathname);
  const watching = pathname.startsWith("/watch/");
  const kids = currentProfile(data)?.kids === true;
  const viewer = currentProfile(data) !== null || membershipOf(data) === "operator";
  const spoken = isSpoken(pathname, membershipOf(data) === "stranger" ? "stranger" : "viewer");
  useSearchKey(!watching);
  // What plays now tells for itself.
  useLateReports(watching ? decodeURIComponent(pathname.slice("/watch/".length)) : null);
  useEffect(() => {
    document.documentElement.classList.toggle("kids", kids && !watching);
    document.documentElement.classList.toggle("has-bottom-bar", viewer && !watching);
  }, [kids, viewer, watching]);
  return (
    <>
      <SessionKeeper />
      <a className="skip-link" href="#main">
        {t("common.skip")}
      </a>
      {!watching && <Masthead ready={speaking} />}
      <OfflineNote />
      {navigation.state === "loading" && <div className="page-progress" aria-hidden="true" />}
      <main id="main" tabIndex={-1} lang={spoken ? undefined : "en"} dir={spoken ? undefined : "ltr"}>
        {speaking ? <Outlet /> : <PageOnItsWay />}
      </main>
      {viewer && !watching && <BottomBar />}
      <Toasts />
      <ScrollRestoration />
    </>
  );
}
