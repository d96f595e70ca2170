import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { listStreams, stopStream, type ActiveStream } from "@/api/playback";
import type { ApiProblem } from "@/api/problem";
import { useI18n } from "@/i18n";
import type { PlaybackFailure } from "@/player/core/failures";
import { withReturn } from "@/session/returnPath";
import { useSession } from "@/session/useSession";
import { Button, LinkButton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { endingWords, streamWords } from "./refusals";

type Refused = PlaybackFailure & { problem: ApiProblem };
type WayProps = { problem: ApiProblem; titleId: string; onRetry: () => void };

/** The refusal says how many play; which ones is asked for here, so that it is true when somebody reads it. */
function Streams({ onRetry }: WayProps) {
  const { t } = useI18n();
  const session = useSession();
  const active = useQuery({ queryKey: ["streams"], queryFn: ({ signal }) => listStreams(signal), staleTime: 0, gcTime: 0 });
  const stop = useMutation({ mutationFn: stopStream, onSuccess: onRetry });
  const line = (stream: ActiveStream) => {
    const { what, who } = streamWords(stream, session.data?.profiles ?? [], t);
    return (
      <li key={stream.session_id} data-testid="active-stream">
        <div className="line-words">
          <strong>{what}</strong>
          <span>{who}</span>
        </div>
        <Button small look="primary" disabled={stop.isPending} onClick={() => stop.mutate(stream.session_id)}>
          {t("watch.stop-it")}
          <span className="visually-hidden">: {what}</span>
        </Button>
      </li>
    );
  };
  return (
    <>
      <ul className="lines refusal-streams">{active.data?.items.map(line)}</ul>
      {active.isError && <p className="field-error">{tell(active.error).sentence}</p>}
      {stop.isError && <p className="field-error">{tell(stop.error).sentence}</p>}
      <div className="player-cover-actions">
        <Button look="quiet" onClick={onRetry}>
          {t("common.retry")}
        </Button>
        <LinkButton to="/account/plan" look="quiet">
          {t("watch.more-streams")}
        </LinkButton>
      </div>
    </>
  );
}

function SignIn({ titleId }: WayProps) {
  const { t } = useI18n();
  return (
    <div className="player-cover-actions">
      <LinkButton to={withReturn("/sign-in", `/watch/${titleId}`)} look="primary">
        {t("nav.sign-in")}
      </LinkButton>
      <LinkButton to="/join" look="quiet">
        {t("watch.join")}
      </LinkButton>
    </div>
  );
}

function Plans() {
  const { t } = useI18n();
  return (
    <div className="player-cover-actions">
      <LinkButton to="/account/plan" look="primary">
        {t("watch.choose-plan")}
      </LinkButton>
    </div>
  );
}

function OtherProfile({ titleId }: WayProps) {
  const { t } = useI18n();
  return (
    <div className="player-cover-actions">
      <LinkButton to={withReturn("/profiles", `/watch/${titleId}`)} look="primary">
        {t("watch.change-who")}
      </LinkButton>
    </div>
  );
}

function Ended({ problem, onRetry }: WayProps) {
  const { t } = useI18n();
  return (
    <>
      <p>{endingWords(problem, t)}</p>
      <div className="player-cover-actions">
        <Button look="primary" onClick={onRetry}>
          {t("watch.here-again")}
        </Button>
        <LinkButton to="/account/devices" look="quiet">
          {t("watch.your-devices")}
        </LinkButton>
      </div>
    </>
  );
}

const WAYS: Record<string, (props: WayProps) => ReactNode> = {
  "too-many-streams": Streams,
  "sign-in-needed": SignIn,
  unauthenticated: SignIn,
  "session-expired": SignIn,
  "session-ended": SignIn,
  "not-entitled": Plans,
  maturity: OtherProfile,
  "stream-ended": Ended,
};

export function isRefusal(failure: PlaybackFailure): failure is Refused {
  return failure.problem !== undefined && failure.problem.code in WAYS;
}

/** A refusal to play, what it means, and the way out of it. */
export function Refusal({ failure, titleId, onRetry }: { failure: Refused; titleId: string; onRetry: () => void }) {
  const { t } = useI18n();
  const Way = WAYS[failure.problem.code];
  return (
    <>
      <h2>{failure.title}</h2>
      <p>{failure.sentence}</p>
      {Way !== undefined && <Way problem={failure.problem} titleId={titleId} onRetry={onRetry} />}
      <LinkButton to={`/title/${titleId}`} small>
        {t("watch.back")}
      </LinkButton>
    </>
  );
}
