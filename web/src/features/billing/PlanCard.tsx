import "./billing.css";

import { Chip, LinkButton, Skeleton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { standing } from "./model";
import { useSubscription } from "./useMoney";

/** The plan at a glance, for the account's overview. */
export function PlanCard() {
  const subscription = useSubscription();
  const state = subscription.data === undefined ? null : standing(subscription.data);
  const owes = subscription.data?.state === "past_due" || subscription.data?.state === "unpaid";
  return (
    <section className={owes ? "panel panel-owing" : "panel"} aria-labelledby="plan-card">
      <div className="panel-head">
        <h2 id="plan-card">{subscription.data?.plan === null || subscription.data === undefined ? "Plan" : subscription.data.plan.name}</h2>
        {state !== null && <Chip look={state.look}>{state.label}</Chip>}
      </div>
      {subscription.isPending && <Skeleton className="line-skeleton" />}
      {subscription.isError && <p className="panel-lead">{tell(subscription.error).sentence}</p>}
      {state !== null && <p className="panel-lead">{state.sentence}</p>}
      <div>
        <LinkButton to="/account/plan" look={owes ? "primary" : "quiet"} small>
          {owes ? "Pay now" : subscription.data?.plan === null ? "See the plans" : "Manage the plan"}
        </LinkButton>
      </div>
    </section>
  );
}
