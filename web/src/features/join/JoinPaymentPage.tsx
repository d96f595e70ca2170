import "./join.css";

import { useState } from "react";
import { Navigate, useNavigate } from "react-router";

import { membershipOf, useSession } from "@/session/useSession";
import { FormFrame } from "@/ui/FormFrame";
import { usePageTitle } from "@/ui/page";
import { useSpatialNavigation } from "@/ui/spatial";

import { forgetPlan, keepPlan, keptPlan } from "./model";
import type { JoinSlots } from "./slots";
import { Steps, stepsOf } from "./Steps";

/** The last step of joining, once the address is confirmed: only then is there an account that can pay. */
export function JoinPaymentPage({ slots }: { slots: JoinSlots }) {
  useSpatialNavigation();
  const session = useSession();
  const navigate = useNavigate();
  const [planId, setPlanId] = useState(keptPlan);
  const { Plan, Payment } = slots;
  const asksForPlan = planId === null && Plan !== undefined;
  usePageTitle(asksForPlan ? "Choose your plan" : "Payment");
  if (session.data !== undefined && membershipOf(session.data) !== "member") return <Navigate to="/sign-in?return_to=%2Fjoin%2Fpayment" replace />;
  if (Payment === undefined) return <Navigate to="/profiles" replace />;
  const leave = () => {
    forgetPlan();
    void navigate("/profiles", { replace: true });
  };
  const choose = (chosen: string) => {
    keepPlan(chosen);
    setPlanId(chosen);
  };
  return (
    <FormFrame key={asksForPlan ? "plan" : "payment"} title={asksForPlan ? "Choose your plan" : "Payment"} wide="wide">
      <Steps all={stepsOf(slots)} current="payment" />
      {asksForPlan ? <Plan chosen={null} onChoose={choose} /> : <Payment planId={planId} onDone={leave} onSkip={leave} />}
      {!asksForPlan && Plan !== undefined && (
        <div className="form-actions">
          <button type="button" className="text-link" onClick={() => setPlanId(null)}>
            Another plan
          </button>
        </div>
      )}
    </FormFrame>
  );
}
