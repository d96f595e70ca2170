import "./billing.css";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { addPaymentMethod, preferPaymentMethod, removePaymentMethod, type PaymentMethod, type Subscription } from "@/api/billing";
import { moneyText } from "@/ui/money";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Dialog, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { GiftField } from "./Codes";
import { billingKeys } from "./keys";
import { endsSoon, monthText } from "./model";
import { NewCard } from "./NewCard";
import { PayNow } from "./Steps";
import { useMethods, useSubscription } from "./useMoney";
import { useOnce } from "./useOnce";

function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: billingKeys.all });
}

function nameOf(method: PaymentMethod): string {
  return `${method.brand} •••• ${method.last4}`;
}

function RemoveDialog({ method, onClose }: { method: PaymentMethod; onClose: () => void }) {
  const refresh = useRefresh();
  const once = useOnce();
  const removal = useMutation({
    mutationFn: () => once(`remove ${method.method_id}`, (key) => removePaymentMethod(method.method_id, key)),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  return (
    <Dialog title={`Remove ${nameOf(method)}?`} onClose={onClose}>
      <p>The processor forgets this card. To use it again, you enter it again.</p>
      <div role="alert">{removal.isError && <p className="field-error">{tell(removal.error).sentence}</p>}</div>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          Keep it
        </Button>
        <Button look="danger" disabled={removal.isPending} onClick={() => removal.mutate()}>
          Remove
        </Button>
      </div>
    </Dialog>
  );
}

function Method({ method }: { method: PaymentMethod }) {
  const refresh = useRefresh();
  const once = useOnce();
  const [removing, setRemoving] = useState<"asking" | "no">("no");
  const preference = useMutation({ mutationFn: () => once(`prefer ${method.method_id}`, (key) => preferPaymentMethod(method.method_id, key)), onSuccess: refresh });
  const ends = endsSoon(method, new Date());
  return (
    <li data-testid="payment-method">
      <div className="line-words">
        <strong>{nameOf(method)}</strong>
        <span>
          {ends === "past" ? "Expired" : "Good until"} {monthText(method.expiry_month, method.expiry_year)}
        </span>
        {preference.isError && <p className="field-error">{tell(preference.error).sentence}</p>}
      </div>
      <div className="line-actions">
        {ends !== "later" && <Chip look={ends === "past" ? "bad" : "warn"}>{ends === "past" ? "Expired" : "Expires soon"}</Chip>}
        {method.preferred ? (
          <Chip look="good">Charged first</Chip>
        ) : (
          <Button small look="quiet" disabled={preference.isPending} onClick={() => preference.mutate()}>
            Charge first<span className="visually-hidden"> {nameOf(method)}</span>
          </Button>
        )}
        <Button small look="danger" onClick={() => setRemoving("asking")}>
          Remove<span className="visually-hidden"> {nameOf(method)}</span>
        </Button>
      </div>
      {removing === "asking" && <RemoveDialog method={method} onClose={() => setRemoving("no")} />}
    </li>
  );
}

function AddCard({ first }: { first: boolean }) {
  const refresh = useRefresh();
  const once = useOnce();
  const [open, setOpen] = useState<"open" | "closed" | "added">("closed");
  const add = async (token: string) => {
    await once(`add ${token}`, (key) => addPaymentMethod(token, key));
    await refresh();
    setOpen("added");
  };
  return (
    <section className="panel" aria-labelledby="add-card">
      <h2 id="add-card">Add a card</h2>
      <div role="status">{open === "added" && <p className="form-done">Added. It is charged from now on.</p>}</div>
      {open === "open" ? (
        <NewCard
          label="Add the card"
          act={add}
          aside={
            <Button look="quiet" onClick={() => setOpen("closed")}>
              Cancel
            </Button>
          }
        />
      ) : (
        <>
          {first && <p className="panel-lead">With a card kept here, changes of plan take one press.</p>}
          <div>
            <Button look={first ? "primary" : "quiet"} icon="plus" onClick={() => setOpen("open")}>
              Add a card
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

function Balances({ subscription }: { subscription: Subscription }) {
  const { currency, gift_balance: gift, credit_balance: credit } = subscription;
  return (
    <section className="panel" aria-labelledby="balances">
      <h2 id="balances">Gifts and credit</h2>
      {gift + credit > 0 ? (
        <dl className="facts">
          <dt>Gifts</dt>
          <dd>{moneyText(gift, currency)}</dd>
          <dt>Credit</dt>
          <dd>{moneyText(credit, currency)}</dd>
        </dl>
      ) : (
        <p className="panel-lead">There is no balance. A gift code adds one, which pays before any card does.</p>
      )}
      <GiftField />
    </section>
  );
}

/** What pays for the plan: cards, gifts, credit. */
export function PaymentPage() {
  usePageTitle("Payment");
  const methods = useMethods();
  const subscription = useSubscription();
  const items = methods.data ?? [];
  const owes = subscription.data !== undefined && ["past_due", "unpaid", "incomplete"].includes(subscription.data.state) && subscription.data.amount_owed > 0;
  return (
    <>
      <h1 tabIndex={-1}>Payment</h1>
      {methods.isError && <ProblemNotice error={methods.error} onRetry={() => void methods.refetch()} />}
      {owes && (
        <section className="panel panel-owing" aria-labelledby="owed">
          <h2 id="owed">{moneyText(subscription.data.amount_owed, subscription.data.currency)} is owed</h2>
          <p className="panel-lead">A new card is tried at once. With the present one, try again here.</p>
          <PayNow subscription={subscription.data} otherCard="here" />
        </section>
      )}
      <section className="panel" aria-labelledby="methods">
        <h2 id="methods">Cards</h2>
        {methods.isPending && <Skeleton className="line-skeleton" />}
        {methods.data?.length === 0 && <p className="panel-lead">No card is kept here yet.</p>}
        <ul className="lines">
          {items.map((method) => (
            <Method key={method.method_id} method={method} />
          ))}
        </ul>
      </section>
      {methods.data !== undefined && <AddCard first={items.length === 0} />}
      {subscription.data !== undefined && <Balances subscription={subscription.data} />}
    </>
  );
}
