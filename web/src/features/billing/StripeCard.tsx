import { loadStripe } from "@stripe/stripe-js/pure";
import type { Stripe, StripeCardElement } from "@stripe/stripe-js";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type ReactNode, type SyntheticEvent } from "react";

import { FormProblem } from "@/ui/Field";
import { Button, Skeleton } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { refusalOf } from "./declines";

type Props = { publishableKey: string; label: string; act: (token: string) => Promise<unknown>; aside?: ReactNode; children?: ReactNode };
type Field = { stripe: Stripe; card: StripeCardElement };

/** What Stripe says of the card itself, in its own words, which are written for cardholders. */
class CardRefused extends Error {
  override readonly name = "CardRefused";
}

/** The colours of the page, for a field that lives in a frame of its own and cannot inherit them. */
function looks(): { base: Record<string, string>; invalid: Record<string, string> } {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    base: { color: colour("--ink", "#f8efe6"), iconColor: colour("--ink-soft", "#d3c3b6"), fontSize: "17px", lineHeight: "28px" },
    invalid: { color: colour("--bad", "#ff8a78"), iconColor: colour("--bad", "#ff8a78") },
  };
}

/** Stripe's own field for number, expiry and code, in a frame of Stripe's: nothing of the card passes through this page. */
function useStripeField(publishableKey: string, mount: React.RefObject<HTMLDivElement | null>) {
  const [field, setField] = useState<Field | null>(null);
  const [failed, setFailed] = useState(0);
  useEffect(() => {
    let gone: StripeCardElement | "left" | null = null;
    void loadStripe(publishableKey)
      .then((stripe) => {
        if (gone === "left" || stripe === null || mount.current === null) return;
        const card = stripe.elements().create("card", { style: looks(), hidePostalCode: true });
        gone = card;
        card.mount(mount.current);
        card.on("ready", () => setField({ stripe, card }));
      })
      .catch(() => setFailed((times) => times + 1));
    return () => {
      if (gone !== null && gone !== "left") gone.destroy();
      gone = "left";
      setField(null);
    };
  }, [publishableKey, mount]);
  return { field, failed };
}

export function StripeCard({ publishableKey, label, act, aside, children }: Props) {
  const id = useId();
  const mount = useRef<HTMLDivElement>(null);
  const { field, failed } = useStripeField(publishableKey, mount);
  const sending = useMutation({
    mutationFn: async ({ stripe, card }: Field) => {
      const made = await stripe.createPaymentMethod({ type: "card", card });
      if (made.error !== undefined) throw new CardRefused(made.error.message ?? "The card cannot be used; check it and try again.");
      await act(made.paymentMethod.id);
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (field !== null && !sending.isPending) sending.mutate(field);
  };
  const problem = sending.error instanceof CardRefused ? { title: "Check the card", sentence: sending.error.message } : sending.isError ? (refusalOf(sending.error) ?? tell(sending.error)) : null;
  return (
    <form className="form" onSubmit={submit} noValidate>
      {failed > 0 && <FormProblem title="The card field did not load">{<p>Stripe could not be reached from here. Allow js.stripe.com in this browser, then load the page again.</p>}</FormProblem>}
      {problem !== null && <FormProblem title={problem.title}>{<p>{problem.sentence}</p>}</FormProblem>}
      <div className="field" role="group" aria-labelledby={id}>
        <span id={id} className="field-name">
          Card
        </span>
        {field === null && failed === 0 && <Skeleton className="stripe-skeleton" />}
        <div ref={mount} className={field === null ? "stripe-field stripe-field-waiting" : "stripe-field"} />
      </div>
      <p className="field-hint">The card goes straight to Stripe. This house never sees its number.</p>
      {children}
      <div className="form-actions">
        <Button type="submit" look="primary" disabled={field === null || sending.isPending}>
          {sending.isPending ? "One moment…" : label}
        </Button>
        {aside}
      </div>
    </form>
  );
}
