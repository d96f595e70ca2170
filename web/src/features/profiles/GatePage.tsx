import "./profiles.css";

import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { ApiProblem } from "@/api/problem";
import { enterProfile, leaveProfile, type ProfileView, type Proof, type SessionView } from "@/api/session";
import { safeReturnPath } from "@/session/returnPath";
import { useSession, useTakeUp } from "@/session/useSession";
import { Avatar } from "@/ui/Avatar";
import { Icon } from "@/ui/icons";
import { usePageTitle } from "@/ui/page";
import { LinkButton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { ProofDialog } from "./ProofDialog";

/** Whose lock a step passes: of the profile that somebody enters, or of the one that is left. */
type Step = { kind: "enter"; profile: ProfileView } | { kind: "leave"; profile: ProfileView; then: ProfileView };

function proofWords(step: Step): { title: string; lead: string } {
  if (step.kind === "enter") return { title: step.profile.name, lead: "This profile is locked." };
  return step.profile.kids
    ? { title: "For grown-ups", lead: `Leaving ${step.profile.name}’s room takes its PIN or the password of the account.` }
    : { title: `Leave ${step.profile.name}`, lead: "This profile is locked. Its PIN, or the password of the account, lets you out." };
}

function isAskingForProof(error: unknown): boolean {
  return error instanceof ApiProblem && (error.code === "pin-needed" || error.code === "pin-wrong" || error.code === "credentials");
}

function isLocked(profile: ProfileView | null): profile is ProfileView {
  return profile !== null && (profile.kids || profile.has_pin);
}

function useGate(session: SessionView) {
  const takeUp = useTakeUp();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const target = safeReturnPath(search.get("return_to"));
  const [step, setStep] = useState<Step | null>(null);
  const entering = useMutation({
    mutationFn: async ({ profile, proof }: { profile: ProfileView; proof?: Proof }) => enterProfile(profile.profile_id, proof),
    onSuccess: async (view) => {
      await takeUp(view);
      await navigate(target, { replace: true });
    },
    onError: (error, { profile }) => {
      if (isAskingForProof(error)) setStep({ kind: "enter", profile });
    },
  });
  const leaving = useMutation({
    mutationFn: ({ proof }: { then: ProfileView; proof: Proof }) => leaveProfile(proof),
    onSuccess: async (view, { then }) => {
      setStep(null);
      await takeUp(view);
      if (then.has_pin) setStep({ kind: "enter", profile: then });
      else entering.mutate({ profile: then });
    },
  });

  const enter = (profile: ProfileView) => {
    entering.reset();
    if (profile.profile_id === session.profile?.profile_id) void navigate(target, { replace: true });
    else if (profile.has_pin) setStep({ kind: "enter", profile });
    else entering.mutate({ profile });
  };
  const choose = (profile: ProfileView) => {
    leaving.reset();
    const current = session.profile;
    if (isLocked(current) && current.profile_id !== profile.profile_id) setStep({ kind: "leave", profile: current, then: profile });
    else enter(profile);
  };
  const prove = (proof: Proof) => {
    if (step?.kind === "enter") entering.mutate({ profile: step.profile, proof });
    else if (step?.kind === "leave") {
      const { then } = step;
      leaving.mutate({ then, proof });
    }
  };
  const problem = step?.kind === "leave" ? leaving.error : entering.error;
  return { step, choose, prove, close: () => setStep(null), problem, busy: entering.isPending || leaving.isPending };
}

function Faces({ profiles, onChoose }: { profiles: readonly ProfileView[]; onChoose: (profile: ProfileView) => void }) {
  return (
    <ul className="faces">
      {profiles.map((profile) => (
        <li key={profile.profile_id}>
          <button type="button" className="face" onClick={() => onChoose(profile)}>
            <Avatar name={profile.avatar} />
            <span className="face-name">
              {profile.name}
              {profile.has_pin && (
                <>
                  <Icon name="lock" />
                  <span className="visually-hidden">, locked</span>
                </>
              )}
            </span>
            {profile.kids && <span className="face-kids">Kids</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Gate({ session }: { session: SessionView }) {
  const [search, setSearch] = useSearchParams();
  const { step, choose, prove, close, problem, busy } = useGate(session);
  const wanted = search.get("enter");
  const asked = useRef<string | null>(null);
  useEffect(() => {
    const profile = session.profiles.find((one) => one.profile_id === wanted);
    if (profile === undefined || asked.current === wanted) return;
    asked.current = wanted;
    setSearch((before) => {
      before.delete("enter");
      return before;
    }, { replace: true });
    choose(profile);
  });
  const kids = session.profile?.kids === true;
  const words = step === null ? null : proofWords(step);
  return (
    <div className="page gate">
      <h1 tabIndex={-1}>Who’s watching?</h1>
      <div role="alert">{problem !== null && step === null && <p className="field-error">{tell(problem).sentence}</p>}</div>
      <Faces profiles={session.profiles} onChoose={choose} />
      {!kids && (
        <LinkButton to="/profiles/manage" look="quiet" icon="pencil">
          Manage profiles
        </LinkButton>
      )}
      {step !== null && words !== null && (
        <ProofDialog
          key={`${step.kind} ${step.profile.profile_id}`}
          title={words.title}
          lead={words.lead}
          pin={step.profile.has_pin ? "asks" : "none"}
          problem={problem === null || (problem instanceof ApiProblem && problem.code === "pin-needed") ? null : tell(problem).sentence}
          busy={busy}
          onProof={prove}
          onClose={close}
        />
      )}
    </div>
  );
}

/** Who in the household sits down now. Locked profiles want their PIN on the way in, and on the way out. */
export function GatePage() {
  usePageTitle("Who’s watching?");
  useSpatialNavigation();
  const session = useSession();
  return session.data === undefined ? null : <Gate session={session.data} />;
}
