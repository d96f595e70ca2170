import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { changePlan, getQuote, type Plan, type Quote, type Subscription } from "@/api/billing";
import { dayText } from "@/ui/dates";
import { FormProblem } from "@/ui/Field";
import { moneyText } from "@/ui/money";
import { Button, Dialog, Skeleton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { refusalOf } from "./declines";
import { billingKeys } from "./keys";
import { direction } from "./model";
import { PlanPicker } from "./PlanPicker";
import { QuoteBox } from "./QuoteBox";
import { useMoney } from "./useMoney";

function consequence(subscription: Subscription, plan: Plan): string {
  if (subscription.state === "trialing") return `${plan.name} counts at once. Your trial goes on and nothing is charged now.`;
  if (direction(subscription, plan) === "up") return `${plan.name} counts at once. You pay the difference for the rest of this month.`;
  return `${subscription.plan?.name ?? "Your plan"} stays until ${dayText(subscription.period_end)}, which you have paid for. Then ${plan.name} begins. You can take this back until then.`;
}

function confirmWords(subscription: Subscription, plan: Plan, quote: Quote): string {
  if (quote.due_now > 0) return `Change and pay ${moneyText(quote.due_now, quote.currency)}`;
  return direction(subscription, plan) === "down" && subscription.state !== "trialing" ? `Change on ${dayText(subscription.period_end)}` : "Change now";
}

type PreviewProps = { subscription: Subscription; plan: Plan; onClose: () => void; onChanged: () => void };

/** What a change of plan costs, before it is made. */
function Preview({ subscription, plan, onClose, onChanged }: PreviewProps) {
  const quote = useQuery({ queryKey: billingKeys.quote(plan.plan_id, subscription.currency, ""), queryFn: ({ signal }) => getQuote({ plan_id: plan.plan_id }, signal), staleTime: 0 });
  const money = useMoney(onChanged);
  const problem = money.isError ? (refusalOf(money.error) ?? tell(money.error)) : quote.isError ? tell(quote.error) : null;
  return (
    <Dialog title={`Change to ${plan.name}?`} onClose={onClose} className="dialog-plan">
      {problem !== null && <FormProblem title={problem.title}>{<p>{problem.sentence}</p>}</FormProblem>}
      <p className="panel-lead">{consequence(subscription, plan)}</p>
      {quote.isPending && <Skeleton className="quote-skeleton" />}
      {quote.data !== undefined && <QuoteBox quote={quote.data} stale="fresh" />}
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          Keep {subscription.plan?.name ?? "the plan"}
        </Button>
        {quote.data !== undefined && (
          <Button look="primary" disabled={money.isPending} onClick={() => money.mutate({ name: `change ${plan.plan_id}`, act: (key) => changePlan(plan.plan_id, key) })}>
            {money.isPending ? "One moment…" : confirmWords(subscription, plan, quote.data)}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** The other plans, for somebody whose subscription runs. */
export function ChangePlan({ subscription, plans }: { subscription: Subscription; plans: readonly Plan[] }) {
  const current = subscription.pending_plan?.plan_id ?? subscription.plan?.plan_id ?? null;
  const [picked, setPicked] = useState<string | null>(null);
  const [asking, setAsking] = useState<Plan | null>(null);
  const [changed, setChanged] = useState<string | null>(null);
  const value = picked ?? current;
  const plan = plans.find((one) => one.plan_id === value);
  const done = () => {
    setChanged(asking?.name ?? null);
    setAsking(null);
    setPicked(null);
  };
  return (
    <section className="panel" aria-labelledby="change-plan">
      <h2 id="change-plan">Another plan</h2>
      <PlanPicker legend="Another plan" plans={plans} currency={subscription.currency} value={value} current={subscription.plan?.plan_id ?? null} onChange={setPicked} />
      <div className="form-actions">
        <Button look="primary" disabled={plan === undefined || value === current} onClick={() => plan !== undefined && setAsking(plan)}>
          See what it costs
        </Button>
        <span role="status">{changed !== null && picked === null && <span className="field-hint">{changed} is chosen.</span>}</span>
      </div>
      {asking !== null && <Preview subscription={subscription} plan={asking} onClose={() => setAsking(null)} onChanged={done} />}
    </section>
  );
}
