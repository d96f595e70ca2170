import "./billing.css";

import { useId } from "react";

import type { Plan } from "@/api/billing";
import { Icon } from "@/ui/icons";
import { Chip } from "@/ui/primitives";

import { planFacts, priceText } from "./model";

type Props = { legend: string; plans: readonly Plan[]; currency: string; value: string | null; onChange: (planId: string) => void; current?: string | null; trial?: "offered" | "used" };

/** Plans side by side, one of which is chosen: a group of radio buttons, so that arrow keys walk it. */
export function PlanPicker({ legend, plans, currency, value, onChange, current = null, trial = "used" }: Props) {
  const id = useId();
  return (
    <fieldset className="plans">
      <legend className="visually-hidden">{legend}</legend>
      {plans.map((plan) => (
        <label key={plan.plan_id} className={plan.plan_id === value ? "plan plan-chosen" : "plan"}>
          <input type="radio" name={id} value={plan.plan_id} checked={plan.plan_id === value} disabled={plan.prices[currency] === undefined} onChange={() => onChange(plan.plan_id)} aria-describedby={`${id}-${plan.plan_id}`} />
          <span className="plan-name">{plan.name}</span>
          <span className="plan-price">
            <strong>{priceText(plan, currency)}</strong> a month
          </span>
          <span id={`${id}-${plan.plan_id}`} className="plan-facts">
            {planFacts(plan).map((fact) => (
              <span key={fact} className="plan-fact">
                <Icon name="check" />
                {fact}
              </span>
            ))}
          </span>
          <span className="plan-flag">
            {plan.plan_id === current && <Chip look="good">Your plan</Chip>}
            {plan.plan_id !== current && trial === "offered" && plan.trial_days > 0 && <Chip look="beam">{plan.trial_days} days free</Chip>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
