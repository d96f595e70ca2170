import { useState } from "react";

import { dropPlanChange, takeStep, type PlanStep, type Subscription } from "@/api/billing";
import { dayText } from "@/ui/dates";
import { FormProblem } from "@/ui/Field";
import { moneyText } from "@/ui/money";
import { Button, Dialog, LinkButton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { refusalOf } from "./declines";
import { isRunning } from "./model";
import { useMoney } from "./useMoney";

function useStep(onDone?: () => void) {
  const money = useMoney(onDone);
  const take = (step: PlanStep) => money.mutate({ name: step, act: (key) => takeStep(step, key) });
  return { ...money, take };
}

function Trouble({ error }: { error: unknown }) {
  if (error === null) return null;
  const { title, sentence } = refusalOf(error) ?? tell(error);
  return <FormProblem title={title}>{<p>{sentence}</p>}</FormProblem>;
}

function kept(subscription: Subscription): string[] {
  const balance = subscription.gift_balance + subscription.credit_balance;
  return [
    isRunning(subscription) ? `Until ${dayText(subscription.period_end)}, everything plays as before.` : "The plan ends at once, and what is owed falls away.",
    "After that, free films still play.",
    "Profiles, lists and history stay, in case you come back.",
    ...(balance > 0 ? [`Your balance of ${moneyText(balance, subscription.currency)} stays, too.`] : []),
    "Nothing more is charged.",
    ...(isRunning(subscription) ? ["You can take this back until the last day."] : []),
  ];
}

function CancelDialog({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const step = useStep(onClose);
  return (
    <Dialog title="Cancel the plan?" onClose={onClose}>
      <Trouble error={step.error} />
      <ul className="kept-list">
        {kept(subscription).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          Keep the plan
        </Button>
        <Button look="danger" disabled={step.isPending} onClick={() => step.take("cancel")}>
          Cancel the plan
        </Button>
      </div>
    </Dialog>
  );
}

/** A pause that has begun ends with a new month, which is charged: that is asked first. */
function UnpauseDialog({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const step = useStep(onClose);
  return (
    <Dialog title="Take it up again?" onClose={onClose}>
      <Trouble error={step.error} />
      <p>A new month of {subscription.plan?.name ?? "your plan"} begins now, for {moneyText(subscription.price, subscription.currency)} a month. Your balance pays first, then your card.</p>
      <div className="dialog-actions">
        <Button look="quiet" onClick={onClose}>
          Not now
        </Button>
        <Button look="primary" disabled={step.isPending} onClick={() => step.take("unpause")}>
          {step.isPending ? "One moment…" : "Begin again"}
        </Button>
      </div>
    </Dialog>
  );
}

/** What is owed, and the two ways to settle it. */
export function PayNow({ subscription, otherCard = "linked" }: { subscription: Subscription; otherCard?: "linked" | "here" }) {
  const step = useStep();
  if (subscription.payment_pending) return null;
  return (
    <>
      <Trouble error={step.error} />
      <div className="form-actions">
        <Button look="primary" disabled={step.isPending} onClick={() => step.take("pay")}>
          {step.isPending ? "One moment…" : `Pay ${moneyText(subscription.amount_owed, subscription.currency)} now`}
        </Button>
        {otherCard === "linked" && (
          <LinkButton look="quiet" to="/account/payment">
            Use another card
          </LinkButton>
        )}
      </div>
    </>
  );
}

type Undo = { label: string; step: PlanStep };

function undoOf(subscription: Subscription): Undo | null {
  if (!isRunning(subscription)) return null;
  if (subscription.cancel_at_period_end) return { label: "Keep the plan after all", step: "resume" };
  return subscription.pause_at_period_end ? { label: "Do not pause", step: "unpause" } : null;
}

/** A cheaper plan that waits for the end of the month, and the way to stay. */
export function PendingChange({ subscription }: { subscription: Subscription }) {
  const money = useMoney();
  if (subscription.pending_plan === null) return null;
  return (
    <div className="pending-change">
      <p>
        <strong>{subscription.pending_plan.name}</strong> begins on {dayText(subscription.period_end)}.
      </p>
      <Button small look="quiet" disabled={money.isPending} onClick={() => money.mutate({ name: "drop change", act: dropPlanChange })}>
        Stay on {subscription.plan?.name ?? "the present plan"}
      </Button>
      <Trouble error={money.error} />
    </div>
  );
}

/** What can be done with a subscription as it stands; what is waiting can be taken back. */
export function Steps({ subscription }: { subscription: Subscription }) {
  const step = useStep();
  const [asking, setAsking] = useState<"cancel" | "unpause" | null>(null);
  const undo = undoOf(subscription);
  const { state } = subscription;
  const mayCancel = !["none", "canceled", "incomplete_expired"].includes(state) && undo?.step !== "resume";
  const close = () => setAsking(null);
  if (subscription.payment_pending) return null;
  return (
    <>
      <Trouble error={step.error} />
      <div className="form-actions">
        {undo !== null && (
          <Button look="primary" disabled={step.isPending} onClick={() => step.take(undo.step)}>
            {undo.label}
          </Button>
        )}
        {state === "paused" && (
          <Button look="primary" onClick={() => setAsking("unpause")}>
            Take it up again
          </Button>
        )}
        {state === "active" && undo === null && (
          <Button look="quiet" disabled={step.isPending} onClick={() => step.take("pause")}>
            Pause
          </Button>
        )}
        {mayCancel && (
          <Button look="danger" onClick={() => setAsking("cancel")}>
            Cancel the plan
          </Button>
        )}
      </div>
      {asking === "cancel" && <CancelDialog subscription={subscription} onClose={close} />}
      {asking === "unpause" && <UnpauseDialog subscription={subscription} onClose={close} />}
    </>
  );
}
