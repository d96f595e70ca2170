import "./billing.css";

import { useEffect, useState } from "react";
import { Link } from "react-router";

import type { Plan, Subscription } from "@/api/billing";
import { useSession } from "@/session/useSession";
import { dayText } from "@/ui/dates";
import { moneyText } from "@/ui/money";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, LinkButton, Skeleton } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";

import { cameFromBank, forgetBank } from "./bank";
import { ChangePlan } from "./ChangePlan";
import { Checkout } from "./Checkout";
import { currencyFor, isRunning, mayBegin, planFacts, standing } from "./model";
import { PlanPicker } from "./PlanPicker";
import { PayNow, PendingChange, Steps } from "./Steps";
import { usePlans, useSubscription } from "./useMoney";

/** What became of a payment that the bank asked about, told to whoever comes back from there. */
function BankReturn({ subscription }: { subscription: Subscription }) {
  const [came] = useState(cameFromBank);
  const settled = !subscription.payment_pending;
  useEffect(() => {
    if (settled) forgetBank();
  }, [settled]);
  if (!came) return null;
  const good = settled && isRunning(subscription);
  return (
    <div role="status" className={good ? "bank-return form-done" : "bank-return"}>
      {!settled && <p>Your bank’s answer is on its way. This page looks again by itself.</p>}
      {good && (
        <>
          <p>Confirmed. Your plan runs.</p>
          <LinkButton to="/" look="primary" small>
            See the programme
          </LinkButton>
        </>
      )}
      {settled && !good && <p>The payment was not confirmed, so nothing was charged. Try again, or use another card.</p>}
    </div>
  );
}

function discountWords(subscription: Subscription): string | null {
  const { discount, currency } = subscription;
  if (discount === null) return null;
  const off = discount.percent === null ? moneyText(discount.amount ?? 0, currency) : `${discount.percent} %`;
  const left = discount.periods_left === null ? "every month" : discount.periods_left === 1 ? "once more" : `for ${discount.periods_left} more months`;
  return `${discount.code}: ${off} off ${left}`;
}

function Facts({ subscription }: { subscription: Subscription }) {
  const { payment_method: method, next_charge: next, currency } = subscription;
  const rows: [string, string | null][] = [
    ["Price", subscription.price > 0 ? `${moneyText(subscription.price, currency)} a month` : null],
    ["This month", subscription.state === "trialing" || subscription.period_start === null ? null : `${dayText(subscription.period_start)} to ${dayText(subscription.period_end)}`],
    ["Next charge", next === null ? null : `${moneyText(next.amount, currency)} on ${dayText(next.at)}`],
    ["Coupon", discountWords(subscription)],
    ["Balance", subscription.gift_balance + subscription.credit_balance > 0 ? moneyText(subscription.gift_balance + subscription.credit_balance, currency) : null],
  ];
  return (
    <dl className="facts">
      {rows.map(([name, value]) =>
        value === null ? null : (
          <div key={name} className="facts-pair">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
      <div className="facts-pair">
        <dt>Paid with</dt>
        <dd>
          {method === null ? "No card yet" : `${method.brand} •••• ${method.last4}`} · <Link to="/account/payment">Change</Link>
        </dd>
      </div>
    </dl>
  );
}

function Current({ subscription }: { subscription: Subscription }) {
  const { look, label, sentence } = standing(subscription);
  const owes = subscription.state === "past_due" || subscription.state === "unpaid";
  return (
    <section className={owes ? "panel panel-owing" : "panel"} aria-labelledby="current-plan">
      <div className="panel-head">
        <h2 id="current-plan" className="current-name">
          {subscription.plan?.name ?? "No plan"}
        </h2>
        {subscription.plan !== null && <Chip look={look}>{label}</Chip>}
      </div>
      <p className="panel-lead" role={owes ? "alert" : undefined}>
        {sentence}
      </p>
      {(owes || (subscription.state === "incomplete" && subscription.amount_owed > 0)) && <PayNow subscription={subscription} />}
      {subscription.plan !== null && !mayBegin(subscription) && <p className="plan-line">{planFacts(subscription.plan).join(" · ")}</p>}
      {!mayBegin(subscription) && <Facts subscription={subscription} />}
      <PendingChange subscription={subscription} />
      <Steps subscription={subscription} />
    </section>
  );
}

/** Choosing a plan where none runs: first which, then how it is paid. */
function Begin({ subscription, plans }: { subscription: Subscription; plans: readonly Plan[] }) {
  const session = useSession();
  const [picked, setPicked] = useState<string | null>(null);
  const [paying, setPaying] = useState<"paying" | "choosing">("choosing");
  const middle = plans[Math.floor((plans.length - 1) / 2)];
  const former = plans.find((plan) => plan.plan_id === subscription.plan?.plan_id);
  const value = picked ?? former?.plan_id ?? middle?.plan_id ?? null;
  const currency = currencyFor(plans, session.data?.account?.territory ?? "", subscription.currency);
  if (paying === "paying" && value !== null) {
    const back = (
      <button type="button" className="text-link" onClick={() => setPaying("choosing")}>
        Another plan
      </button>
    );
    return <Checkout planId={value} onDone={() => setPaying("choosing")} aside={back} />;
  }
  return (
    <section className="panel" aria-labelledby="choose-plan">
      <h2 id="choose-plan">Choose a plan</h2>
      {plans.length === 0 ? (
        <p className="panel-lead">This house offers no plans right now.</p>
      ) : (
        <>
          <PlanPicker legend="Plan" plans={plans} currency={currency} value={value} onChange={setPicked} trial={subscription.trial_available ? "offered" : "used"} />
          <div className="form-actions">
            <Button look="primary" disabled={value === null} onClick={() => setPaying("paying")}>
              Go on to payment
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

function Loaded({ subscription, plans }: { subscription: Subscription; plans: readonly Plan[] }) {
  const open = mayBegin(subscription) || (subscription.state === "incomplete" && !subscription.payment_pending);
  return (
    <>
      <BankReturn subscription={subscription} />
      <Current subscription={subscription} />
      {open && <Begin subscription={subscription} plans={plans} />}
      {isRunning(subscription) && !subscription.cancel_at_period_end && !subscription.payment_pending && <ChangePlan subscription={subscription} plans={plans} />}
    </>
  );
}

/** The plan of an account: where it stands, and everything that can be done with it. */
export function PlanPage() {
  usePageTitle("Plan");
  const subscription = useSubscription();
  const plans = usePlans();
  const failed = subscription.isError ? subscription : plans.isError ? plans : null;
  return (
    <>
      <h1 tabIndex={-1}>Plan</h1>
      {failed !== null && <ProblemNotice error={failed.error} onRetry={() => void failed.refetch()} />}
      {failed === null && (subscription.data === undefined || plans.data === undefined) && <Skeleton className="till-skeleton" />}
      {subscription.data !== undefined && plans.data !== undefined && <Loaded subscription={subscription.data} plans={plans.data} />}
    </>
  );
}
