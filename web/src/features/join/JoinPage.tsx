import "./join.css";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Navigate } from "react-router";

import { join } from "@/api/session";
import { membershipOf, useSession } from "@/session/useSession";
import { FormFrame } from "@/ui/FormFrame";
import { usePageTitle } from "@/ui/page";
import { useSpatialNavigation } from "@/ui/spatial";

import { AccountStep, type Fresh } from "./AccountStep";
import { MailStep } from "./MailStep";
import { keepPlan, localHints, newBrowserSecret, troubleOf } from "./model";
import type { JoinSlots } from "./slots";
import { Steps, stepsOf, type StepName } from "./Steps";

const TITLES: Record<StepName, string> = { account: "Take a seat", plan: "Choose your plan", mail: "Check your mail", payment: "Payment" };

/** Joining, step by step. Nothing is sent before the last choice; what was written stays when somebody goes back. */
function Joining({ slots }: { slots: JoinSlots }) {
  const [step, setStep] = useState<StepName>("account");
  const [fresh, setFresh] = useState<Fresh>({ email: "", name: "", password: "" });
  const [plan, setPlan] = useState<string | null>(null);
  const application = useMutation({
    mutationFn: (planId: string | null) => join({ email: fresh.email.trim(), password: fresh.password, name: fresh.name.trim(), browser: newBrowserSecret(), ...localHints(), ...(planId === null ? {} : { plan_id: planId }) }),
    onSuccess: () => setStep("mail"),
    onError: () => setStep("account"),
  });
  const { Plan } = slots;
  const choose = (planId: string) => {
    setPlan(planId);
    keepPlan(planId);
    application.mutate(planId);
  };
  usePageTitle(TITLES[step]);
  return (
    <FormFrame key={step} title={TITLES[step]} wide={step === "plan" ? "wide" : undefined}>
      <Steps all={stepsOf(slots)} current={step} />
      {step === "account" && (
        <AccountStep fresh={fresh} onChange={setFresh} trouble={troubleOf(application.error)} busy={application.isPending} last={Plan === undefined || plan !== null} onSubmit={() => (Plan === undefined || plan !== null ? application.mutate(plan) : setStep("plan"))} />
      )}
      {step === "plan" && Plan !== undefined && (
        <>
          <Plan chosen={plan} onChoose={choose} />
          <div className="form-actions">
            <button type="button" className="text-link" onClick={() => setStep("account")}>
              Back
            </button>
          </div>
        </>
      )}
      {step === "mail" && <MailStep email={fresh.email.trim()} onOther={() => setStep("account")} />}
    </FormFrame>
  );
}

export function JoinPage({ slots }: { slots: JoinSlots }) {
  useSpatialNavigation();
  const session = useSession();
  if (membershipOf(session.data) === "member") return <Navigate to="/account" replace />;
  return <Joining slots={slots} />;
}
