import "./billing.css";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/queries";
import { useSession } from "@/session/useSession";
import { Button, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { Checkout } from "./Checkout";
import { currencyFor } from "./model";
import { PlanPicker } from "./PlanPicker";
import { usePlans } from "./useMoney";

type PlanProps = { chosen: string | null; onChoose: (planId: string) => void };

function browserTerritory(): string {
  return new Intl.Locale(navigator.language === "" ? "en" : navigator.language).region ?? "";
}

/** The step of joining where a plan is chosen, before there is an account. */
export function JoinPlan({ chosen, onChoose }: PlanProps) {
  const plans = usePlans();
  const session = useSession();
  const [picked, setPicked] = useState(chosen);
  if (plans.isError) return <ProblemNotice error={plans.error} onRetry={() => void plans.refetch()} />;
  if (plans.data === undefined) return <Skeleton className="plans-skeleton" />;
  const middle = plans.data[Math.floor((plans.data.length - 1) / 2)];
  const value = picked ?? middle?.plan_id ?? null;
  const currency = currencyFor(plans.data, session.data?.account?.territory ?? browserTerritory());
  return (
    <>
      <PlanPicker legend="Plan" plans={plans.data} currency={currency} value={value} onChange={setPicked} trial="offered" />
      <p className="field-hint">You can change or end it at any time. Nothing is charged before a trial is over.</p>
      <div className="form-actions">
        <Button look="primary" disabled={value === null} onClick={() => value !== null && onChoose(value)}>
          Go on
        </Button>
      </div>
    </>
  );
}

type PaymentProps = { planId: string | null; onDone: () => void; onSkip: () => void };

/** The step of joining where the plan is paid, or its trial begun. */
export function JoinPayment({ planId, onDone, onSkip }: PaymentProps) {
  const client = useQueryClient();
  const finish = () => {
    void client.invalidateQueries({ queryKey: keys.browse });
    onDone();
  };
  const skip = (
    <button type="button" className="text-link" onClick={onSkip}>
      Not now
    </button>
  );
  if (planId === null) return skip;
  return <Checkout planId={planId} onDone={finish} aside={skip} />;
}
