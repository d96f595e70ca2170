import "./billing.css";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";

import { getQuote, subscribe, type NewSubscription, type Plan, type Quote, type Subscription } from "@/api/billing";
import { useSession } from "@/session/useSession";
import { ChoiceField, FormProblem } from "@/ui/Field";
import { moneyText } from "@/ui/money";
import { Button, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { NewCard } from "./NewCard";
import { CouponField, GiftField } from "./Codes";
import { refusalOf } from "./declines";
import { billingKeys } from "./keys";
import { currenciesOf, currencyFor, isCovered, monthText, priceText } from "./model";
import { QuoteBox } from "./QuoteBox";
import { useMoney, usePlans, useSubscription } from "./useMoney";

type PayProps = { label: string; subscription: Subscription | undefined; covered: boolean; begin: (token?: string) => Promise<unknown>; error: unknown; busy: boolean; aside?: ReactNode };

/** Paying with what is there already: the kept card, or the balance. */
function Ready({ label, begin, error, busy, aside, children }: Omit<PayProps, "subscription" | "covered"> & { children: ReactNode }) {
  const problem = error === null ? null : (refusalOf(error) ?? tell(error));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void begin().catch(() => undefined);
  };
  return (
    <form className="form" onSubmit={submit}>
      {problem !== null && <FormProblem title={problem.title}>{<p>{problem.sentence}</p>}</FormProblem>}
      {children}
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={busy}>
          {busy ? "One moment…" : label}
        </Button>
        {aside}
      </div>
    </form>
  );
}

function Pay({ label, subscription, covered, begin, error, busy, aside }: PayProps) {
  const [other, setOther] = useState<"other" | "kept">("kept");
  const method = subscription?.payment_method ?? null;
  if (other === "other" || (method === null && !covered)) return <NewCard label={label} act={begin} aside={aside} />;
  return (
    <Ready label={label} begin={begin} error={error} busy={busy} aside={aside}>
      <p className="kept-means">
        {method === null ? (
          "Your balance pays for this. No card is needed now."
        ) : (
          <>
            Paid with <strong>{`${method.brand} •••• ${method.last4}`}</strong>, good until {monthText(method.expiry_month, method.expiry_year)}.
          </>
        )}{" "}
        <button type="button" className="text-link" onClick={() => setOther("other")}>
          {method === null ? "Add a card all the same" : "Use another card"}
        </button>
      </p>
    </Ready>
  );
}

function actionWords(quote: Quote | undefined, trial: number): string {
  if (quote !== undefined && quote.due_now > 0) return `Pay ${moneyText(quote.due_now, quote.currency)}`;
  return trial > 0 ? `Start ${trial} days free` : "Start the plan";
}

type Props = { plan: Plan; plans: readonly Plan[]; subscription: Subscription | undefined; onDone: (subscription: Subscription) => void; aside?: ReactNode };

function Till({ plan, plans, subscription, onDone, aside }: Props) {
  const session = useSession();
  const bound = subscription !== undefined && subscription.gift_balance + subscription.credit_balance > 0 ? subscription.currency : "";
  const [picked, setPicked] = useState("");
  const currency = currencyFor(plans, session.data?.account?.territory ?? "", bound === "" ? picked : bound);
  const [coupon, setCoupon] = useState("");
  const money = useMoney(onDone);
  const wanted = { plan_id: plan.plan_id, currency, ...(coupon === "" ? {} : { coupon }) };
  const quote = useQuery({ queryKey: billingKeys.quote(plan.plan_id, currency, coupon), queryFn: ({ signal }) => getQuote(wanted, signal), placeholderData: keepPreviousData });
  const trial = subscription?.trial_available === false ? 0 : plan.trial_days;
  const begin = (token?: string) => {
    const asked: NewSubscription = { ...wanted, trial: true, ...(token === undefined ? {} : { payment_method_token: token }) };
    return money.mutateAsync({ name: JSON.stringify(asked), act: (key) => subscribe(asked, key) });
  };
  return (
    <div className="till">
      <section className="till-sum" aria-labelledby="till-sum">
        <h2 id="till-sum">{plan.name}</h2>
        <p className="panel-lead">
          {priceText(plan, currency)} a month{trial > 0 ? `, the first ${trial} days free` : ""}. Cancel whenever you like.
        </p>
        {bound === "" && currenciesOf(plans).length > 1 && <ChoiceField label="Pay in" value={currency} onChange={setPicked} options={currenciesOf(plans).map((one) => [one, one] as const)} />}
        {quote.isError && <ProblemNotice error={quote.error} onRetry={() => void quote.refetch()} />}
        {quote.isPending && <Skeleton className="quote-skeleton" />}
        {quote.data !== undefined && <QuoteBox quote={quote.data} stale={quote.isPlaceholderData ? "stale" : "fresh"} />}
        <CouponField applied={coupon} onApplied={setCoupon} check={(code) => getQuote({ plan_id: plan.plan_id, currency, coupon: code })} />
        <GiftField />
      </section>
      <section className="till-pay" aria-labelledby="till-pay">
        <h2 id="till-pay">How you pay</h2>
        <Pay label={actionWords(quote.data, trial)} subscription={subscription} covered={isCovered(subscription, plan, currency)} begin={begin} error={money.error} busy={money.isPending} aside={aside} />
      </section>
    </div>
  );
}

type CheckoutProps = { planId: string; onDone: (subscription: Subscription) => void; aside?: ReactNode };

/** From a chosen plan to a running one: what it costs, codes, the card, and the bank's page where it asks. */
export function Checkout({ planId, onDone, aside }: CheckoutProps) {
  const plans = usePlans();
  const subscription = useSubscription();
  const plan = plans.data?.find((one) => one.plan_id === planId);
  if (plans.isError) return <ProblemNotice error={plans.error} onRetry={() => void plans.refetch()} />;
  if (plans.data === undefined || subscription.isPending) return <Skeleton className="till-skeleton" />;
  if (plan === undefined) return <FormProblem title="That plan is not offered any more">{<p>Choose another one.</p>}</FormProblem>;
  return <Till plan={plan} plans={plans.data} subscription={subscription.data} onDone={onDone} aside={aside} />;
}
