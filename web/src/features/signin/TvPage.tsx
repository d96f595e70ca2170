import "./signin.css";

import { useCallback } from "react";
import { useNavigate } from "react-router";

import type { DeviceAuthorization, SessionView } from "@/api/session";
import { useTakeUp } from "@/session/useSession";
import { QrCode } from "@/ui/QrCode";
import { usePageTitle } from "@/ui/page";
import { Button, LinkButton, Notice } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { usePairing } from "./usePairing";

function shortAddress(uri: string): string {
  return uri.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

function Code({ code }: { code: DeviceAuthorization }) {
  return (
    <div className="tv">
      <div className="tv-words">
        <h1 tabIndex={-1}>Watch on this screen</h1>
        <ol className="tv-steps">
          <li>
            On your phone or computer, open <strong>{shortAddress(code.verification_uri)}</strong>, or point the camera at the picture.
          </li>
          <li>Sign in there, if you are not.</li>
          <li>Enter this code:</li>
        </ol>
        <p className="tv-code" data-testid="tv-code">
          <span className="visually-hidden">{Array.from(code.user_code).join(" ")}</span>
          <span aria-hidden="true">{code.user_code}</span>
        </p>
        <p className="tv-wait" role="status">
          Waiting for you. This page goes on by itself.
        </p>
        <LinkButton to="/sign-in" look="quiet" small>
          Sign in with a keyboard instead
        </LinkButton>
      </div>
      <QrCode svg={code.qr_svg} label="Leads to the page where you approve this screen" />
    </div>
  );
}

/** For a screen without a keyboard: shows a code that somebody approves on another device. */
export function TvPage() {
  usePageTitle("Connect this screen");
  useSpatialNavigation();
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const enter = useCallback(
    async (view: SessionView) => {
      await takeUp(view);
      await navigate("/", { replace: true });
    },
    // The way to take up a session depends on the page's client alone, which stays.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [navigate],
  );
  const { pairing, again } = usePairing(enter);
  return (
    <div className="page page-beamed">
      {pairing.phase === "asking" && (
        <h1 className="tv-asking" tabIndex={-1} aria-busy="true">
          Fetching a code…
        </h1>
      )}
      {pairing.phase === "showing" && <Code code={pairing.code} />}
      {pairing.phase === "denied" && (
        <Notice title="That was declined" level={1} live="alert">
          <p>Somebody answered no to this screen. If it was a slip, ask for another code.</p>
          <Button look="primary" onClick={again}>
            Another code
          </Button>
        </Notice>
      )}
      {pairing.phase === "failed" && <ProblemNotice error={pairing.error} level={1} onRetry={again} />}
    </div>
  );
}
