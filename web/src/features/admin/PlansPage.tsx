import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { listAllPlans, type StaffPlan } from "@/api/admin";
import { qualityText } from "@/ui/format";
import { moneyText } from "@/ui/money";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { PlanForm } from "./PlanForm";

function Line({ plan, onEdit }: { plan: StaffPlan; onEdit: () => void }) {
  const prices = Object.entries(plan.prices).map(([currency, price]) => moneyText(price, currency));
  return (
    <li data-testid="plan">
      <div className="line-words">
        <strong>{plan.name}</strong>
        <span>
          {prices.join(" · ")} a month · {qualityText(plan.max_height)} · {plan.streams} {plan.streams === 1 ? "screen" : "screens"} · downloads on {plan.download_devices} · {plan.trial_days === 0 ? "no trial" : `${plan.trial_days} days of trial`}
        </span>
      </div>
      <div className="line-actions">
        <Chip look={plan.listed ? "good" : "plain"}>{plan.listed ? "On offer" : "Hidden"}</Chip>
        <Button small look="quiet" icon="pencil" onClick={onEdit}>
          Change<span className="visually-hidden"> {plan.name}</span>
        </Button>
      </div>
    </li>
  );
}

/** The plans of the house, also those that are not on offer. */
export function PlansPage() {
  usePageTitle("Plans");
  const plans = useQuery({ queryKey: adminKeys.plans, queryFn: ({ signal }) => listAllPlans(signal) });
  const [open, setOpen] = useState<StaffPlan | "new" | null>(null);
  return (
    <>
      <div className="office-head">
        <h1 tabIndex={-1}>Plans</h1>
        <Button look="primary" icon="plus" onClick={() => setOpen("new")}>
          New plan
        </Button>
      </div>
      <p className="panel-lead">A new price counts from each member’s next month. A plan that is hidden stays with those who have it.</p>
      {plans.isError && <ProblemNotice error={plans.error} onRetry={() => void plans.refetch()} />}
      {!plans.isError && (
        <section className="panel" aria-label="Plans">
          {plans.isPending && <Skeleton className="line-skeleton" />}
          {plans.data?.length === 0 && <p className="panel-lead">No plan yet. Without one, nobody can subscribe.</p>}
          <ul className="lines">
            {plans.data?.map((plan) => (
              <Line key={plan.plan_id} plan={plan} onEdit={() => setOpen(plan)} />
            ))}
          </ul>
        </section>
      )}
      {open !== null && <PlanForm plan={open === "new" ? null : open} onClose={() => setOpen(null)} />}
    </>
  );
}
