import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { getMemberBilling, grantCredit, refund, type MemberBilling, type Payment, type Refund } from "@/api/admin";
import { momentText, shortDayText } from "@/ui/dates";
import { ChoiceField, TextField } from "@/ui/Field";
import { amountText, minorOf, moneyText, PAPER_NAMES } from "@/ui/money";
import { Button, Chip, Dialog, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";
import { leftOf, sentence } from "./model";
import { useOnceKey } from "./useOnceKey";

function RefundDialog({ payment, accountId, onClose }: { payment: Payment; accountId: string; onClose: () => void }) {
  const client = useQueryClient();
  const key = useOnceKey();
  const left = leftOf(payment);
  const [typed, setTyped] = useState(amountText(left, payment.currency));
  const [reason, setReason] = useState("");
  const amount = minorOf(typed, payment.currency);
  const wrong = amount === null || amount < 1 ? "Write an amount, such as 9.99." : amount > left ? `At most ${moneyText(left, payment.currency)} is left of it.` : null;
  const giving = useMutation({
    mutationFn: () => refund(payment.payment_id, { amount: amount ?? 0, reason: reason.trim() }, `${key}-${amount ?? 0}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: adminKeys.billing(accountId) });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (wrong === null) giving.mutate();
  };
  return (
    <Dialog title="Refund this payment?" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p className="panel-lead">
          {moneyText(payment.amount, payment.currency)} by {payment.method_label}, {shortDayText(payment.started_at)}
          {payment.refunded > 0 ? `; ${moneyText(payment.refunded, payment.currency)} went back already` : ""}.
        </p>
        <TextField label={`Amount in ${payment.currency}`} value={typed} onChange={setTyped} autoComplete="off" error={wrong} required autoFocus />
        <TextField label="Reason" value={reason} onChange={setReason} autoComplete="off" maxLength={200} hint="Printed on the credit note that the member gets." required />
        <p className="field-hint">Money that went back cannot be taken again.</p>
        <div role="alert">{giving.isError && <p className="field-error">{tell(giving.error).sentence}</p>}</div>
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="danger" type="submit" disabled={wrong !== null || reason.trim() === "" || giving.isPending}>
            {giving.isPending ? "One moment…" : wrong === null ? `Give back ${moneyText(amount ?? 0, payment.currency)}` : "Give back"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function CreditDialog({ billing, onClose }: { billing: MemberBilling; onClose: () => void }) {
  const client = useQueryClient();
  const key = useOnceKey();
  const bound = billing.subscription.currency;
  const [currency, setCurrency] = useState(bound === "" ? "EUR" : bound);
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const amount = minorOf(typed, currency);
  const giving = useMutation({
    mutationFn: () => grantCredit(billing.account_id, { amount: amount ?? 0, currency, reason: reason.trim() }, `${key}-${amount ?? 0}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: adminKeys.billing(billing.account_id) });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (amount !== null && amount > 0) giving.mutate();
  };
  return (
    <Dialog title="Give credit?" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p className="panel-lead">Credit is spent before any card is charged.</p>
        <div className="form-row">
          <TextField label="Amount" value={typed} onChange={setTyped} autoComplete="off" error={typed !== "" && amount === null ? "Write an amount, such as 5.00." : null} required autoFocus />
          <ChoiceField label="Currency" value={currency} onChange={setCurrency} options={(bound === "" ? ["EUR", "USD"] : [bound]).map((one) => [one, one] as const)} />
        </div>
        <TextField label="Reason" value={reason} onChange={setReason} autoComplete="off" maxLength={200} required />
        <div role="alert">{giving.isError && <p className="field-error">{tell(giving.error).sentence}</p>}</div>
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={amount === null || amount < 1 || reason.trim() === "" || giving.isPending}>
            Give credit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const PAYMENT_LOOKS: Record<string, "good" | "bad" | "busy"> = { succeeded: "good", declined: "bad", started: "busy", challenged: "busy" };

function Payments({ billing, senior }: { billing: MemberBilling; senior: boolean }) {
  const [asking, setAsking] = useState<Payment | null>(null);
  if (billing.payments.length === 0) return <p className="panel-lead">No payment yet.</p>;
  return (
    <>
      <ul className="lines">
        {billing.payments.map((payment) => (
          <li key={payment.payment_id} data-testid="payment">
            <div className="line-words">
              <strong>
                {moneyText(payment.amount, payment.currency)} by {payment.method_label}
              </strong>
              <span>
                {momentText(payment.started_at)}
                {payment.decline_code === "" ? "" : ` · ${sentence(payment.decline_code).toLowerCase()}`}
                {payment.refunded > 0 ? ` · ${moneyText(payment.refunded, payment.currency)} given back` : ""}
              </span>
            </div>
            <div className="line-actions">
              <Chip look={PAYMENT_LOOKS[payment.state] ?? "plain"}>{sentence(payment.state)}</Chip>
              {senior && leftOf(payment) > 0 && (
                <Button small look="quiet" onClick={() => setAsking(payment)}>
                  Refund<span className="visually-hidden"> {moneyText(payment.amount, payment.currency)} of {shortDayText(payment.started_at)}</span>
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {asking !== null && <RefundDialog payment={asking} accountId={billing.account_id} onClose={() => setAsking(null)} />}
    </>
  );
}

const REFUND_LOOKS: Record<Refund["state"], "good" | "bad" | "busy"> = { started: "busy", pending: "busy", succeeded: "good", declined: "bad", failed: "bad" };
const REFUND_WORDS: Record<Refund["state"], string> = { started: "On its way", pending: "At the bank", succeeded: "Given back", declined: "Declined", failed: "Came back" };

function Refunds({ refunds }: { refunds: readonly Refund[] }) {
  return (
    <ul className="lines">
      {refunds.map((one) => (
        <li key={one.refund_id} data-testid="refund">
          <div className="line-words">
            <strong>{moneyText(one.amount, one.currency)}</strong>
            <span>
              {momentText(one.started_at)} · {one.reason}
              {one.decline_code === "" ? "" : ` · ${sentence(one.decline_code).toLowerCase()}`}
            </span>
          </div>
          <Chip look={REFUND_LOOKS[one.state]}>{REFUND_WORDS[one.state]}</Chip>
        </li>
      ))}
    </ul>
  );
}

function Invoices({ billing }: { billing: MemberBilling }) {
  if (billing.invoices.length === 0) return <p className="panel-lead">No invoice yet.</p>;
  return (
    <ul className="lines">
      {billing.invoices.map((invoice) => (
        <li key={invoice.invoice_id}>
          <div className="line-words">
            <strong>{invoice.number}</strong>
            <span>
              {PAPER_NAMES[invoice.kind]} of {shortDayText(invoice.issued_at)}
            </span>
          </div>
          <strong className="amount">{moneyText(invoice.total, invoice.currency)}</strong>
        </li>
      ))}
    </ul>
  );
}

function Plan({ billing, senior }: { billing: MemberBilling; senior: boolean }) {
  const { subscription } = billing;
  const [asking, setAsking] = useState<"asking" | "no">("no");
  const rows: [string, string | null][] = [
    ["Plan", subscription.plan?.name ?? "None"],
    ["Price", subscription.plan === null ? null : `${moneyText(subscription.price, subscription.currency)} a month`],
    ["This month", subscription.period_end === null ? null : `${shortDayText(subscription.period_start)} to ${shortDayText(subscription.period_end)}`],
    ["Then", subscription.cancel_at_period_end ? "ends" : subscription.pause_at_period_end ? "pauses" : (subscription.pending_plan?.name ?? null)],
    ["Owed", subscription.amount_owed > 0 ? moneyText(subscription.amount_owed, subscription.currency) : null],
    ["Gifts", subscription.gift_balance > 0 ? moneyText(subscription.gift_balance, subscription.currency) : null],
    ["Credit", subscription.credit_balance > 0 ? moneyText(subscription.credit_balance, subscription.currency) : null],
    ["Pays with", subscription.payment_method === null ? "No card" : `${subscription.payment_method.brand} •••• ${subscription.payment_method.last4}`],
  ];
  return (
    <section className="panel" aria-labelledby="plan">
      <div className="panel-head">
        <h2 id="plan">Plan</h2>
        <Chip look={["active", "trialing"].includes(subscription.state) ? "good" : ["past_due", "unpaid"].includes(subscription.state) ? "bad" : "plain"}>{sentence(subscription.state)}</Chip>
      </div>
      <dl className="facts">
        {rows.map(([name, value]) =>
          value === null ? null : (
            <div key={name} className="facts-pair">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {senior && (
        <div>
          <Button look="quiet" onClick={() => setAsking("asking")}>
            Give credit
          </Button>
        </div>
      )}
      {asking === "asking" && <CreditDialog billing={billing} onClose={() => setAsking("no")} />}
    </section>
  );
}

/** What a member has, owes and paid. */
export function MemberMoney({ accountId, senior }: { accountId: string; senior: boolean }) {
  const billing = useQuery({ queryKey: adminKeys.billing(accountId), queryFn: ({ signal }) => getMemberBilling(accountId, signal) });
  if (billing.isError) return <ProblemNotice error={billing.error} onRetry={() => void billing.refetch()} />;
  if (billing.data === undefined) return <Skeleton className="line-skeleton" />;
  return (
    <>
      <Plan billing={billing.data} senior={senior} />
      <section className="panel" aria-labelledby="payments">
        <h2 id="payments">Payments</h2>
        <Payments billing={billing.data} senior={senior} />
      </section>
      {billing.data.refunds.length > 0 && (
        <section className="panel" aria-labelledby="refunds">
          <h2 id="refunds">Refunds</h2>
          <Refunds refunds={billing.data.refunds} />
        </section>
      )}
      <section className="panel" aria-labelledby="invoices">
        <h2 id="invoices">Invoices</h2>
        <Invoices billing={billing.data} />
      </section>
    </>
  );
}
