import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { redeemGift } from "@/api/billing";
import { TextField } from "@/ui/Field";
import { moneyText } from "@/ui/money";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { useTakeSubscription } from "./useMoney";
import { useOnce } from "./useOnce";

type CouponProps = { applied: string; check: (code: string) => Promise<unknown>; onApplied: (code: string) => void };

/** A coupon counts when the service has quoted with it; a wrong one changes nothing. */
export function CouponField({ applied, check, onApplied }: CouponProps) {
  const [code, setCode] = useState("");
  const trying = useMutation({
    mutationFn: (wanted: string) => check(wanted),
    onSuccess: (_quote, wanted) => {
      onApplied(wanted);
      setCode("");
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const wanted = code.trim().toUpperCase();
    if (wanted !== "") trying.mutate(wanted);
  };
  if (applied !== "") {
    return (
      <p className="form-done code-applied">
        <span>
          Coupon <strong>{applied}</strong> counts.
        </span>
        <button type="button" className="text-link" onClick={() => onApplied("")}>
          Take it off
        </button>
      </p>
    );
  }
  return (
    <form className="code-form" onSubmit={submit}>
      <TextField
        label="Coupon"
        value={code}
        onChange={(typed) => {
          setCode(typed.replaceAll(/[^A-Za-z0-9_-]/g, ""));
          trying.reset();
        }}
        autoComplete="off"
        maxLength={40}
        error={trying.isError ? tell(trying.error).sentence : null}
      />
      <Button type="submit" look="quiet" disabled={code.trim() === "" || trying.isPending}>
        Apply<span className="visually-hidden"> the coupon</span>
      </Button>
    </form>
  );
}

/** A gift adds to the balance, which pays before any card does. */
export function GiftField() {
  const [code, setCode] = useState("");
  const take = useTakeSubscription();
  const once = useOnce();
  const redeeming = useMutation({
    mutationFn: (wanted: string) => once(wanted, (key) => redeemGift(wanted, key)),
    onSuccess: async (subscription) => {
      setCode("");
      await take(subscription);
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (code.trim() !== "") redeeming.mutate(code.trim());
  };
  return (
    <form className="code-form" onSubmit={submit}>
      <TextField
        label="Gift code"
        value={code}
        onChange={(typed) => {
          setCode(typed);
          redeeming.reset();
        }}
        autoComplete="off"
        maxLength={64}
        error={redeeming.isError ? tell(redeeming.error).sentence : null}
      />
      <Button type="submit" look="quiet" disabled={code.trim().length < 4 || redeeming.isPending}>
        Redeem<span className="visually-hidden"> the gift</span>
      </Button>
      <div role="status" className="code-said">
        {redeeming.isSuccess && <p className="form-done">Redeemed. Your gift balance is {moneyText(redeeming.data.gift_balance, redeeming.data.currency)}.</p>}
      </div>
    </form>
  );
}
