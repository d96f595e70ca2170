import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState, type SyntheticEvent } from "react";

import { createCoupon, editCoupon, type Coupon, type NewCoupon } from "@/api/admin";
import { fromLocalInput, localInput } from "@/ui/dates";
import { ChoiceField, FormProblem, TextField } from "@/ui/Field";
import { minorOf } from "@/ui/money";
import { Button, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";

type Draft = { code: string; kind: string; value: string; periods: string; most: string; ends: string };

export function MomentField({ label, value, onChange, hint }: { label: string; value: string; onChange: (value: string) => void; hint?: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="datetime-local" value={value} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(event) => onChange(event.currentTarget.value)} />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

function whole(typed: string): number | null {
  return /^\d+$/.test(typed.trim()) && Number(typed) > 0 ? Number(typed) : null;
}

function given(draft: Draft): Partial<NewCoupon> | null {
  if (draft.kind === "percent") {
    const percent = whole(draft.value);
    return percent === null || percent > 100 ? null : { percent };
  }
  const amount = minorOf(draft.value, draft.kind);
  return amount === null || amount < 1 ? null : { amount, currency: draft.kind };
}

/** Makes a coupon, or changes how long and how often one goes; what it gives stays. */
export function CouponForm({ coupon, onClose }: { coupon: Coupon | null; onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ code: "", kind: "percent", value: "", periods: "1", most: coupon?.max_redemptions === null || coupon === null ? "" : String(coupon.max_redemptions), ends: localInput(coupon?.expires_at ?? null) });
  const [tried, setTried] = useState<"tried" | "no">("no");
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const gives = given(draft);
  const mostWrong = draft.most.trim() === "" || whole(draft.most) !== null ? null : "A whole number, or nothing for no limit.";
  const periodsWrong = draft.periods.trim() === "" || whole(draft.periods) !== null ? null : "A whole number, or nothing for ever.";
  const limits = { max_redemptions: whole(draft.most), expires_at: fromLocalInput(draft.ends) };
  const saving = useMutation({
    mutationFn: () => (coupon === null ? createCoupon({ code: draft.code.trim().toUpperCase(), periods: whole(draft.periods), ...limits, ...gives }) : editCoupon(coupon.code, limits)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: adminKeys.coupons });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried("tried");
    if ((coupon !== null || gives !== null) && mostWrong === null && periodsWrong === null) saving.mutate();
  };
  return (
    <Dialog title={coupon === null ? "New coupon" : `Change ${coupon.code}`} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {saving.isError && <FormProblem title={tell(saving.error).title}>{<p>{tell(saving.error).sentence}</p>}</FormProblem>}
        {coupon === null && (
          <>
            <TextField label="Code" value={draft.code} onChange={(code) => set({ code: code.replaceAll(/[^A-Za-z0-9_-]/g, "").toUpperCase() })} autoComplete="off" maxLength={40} hint="What members type; capitals do not matter." required autoFocus />
            <div className="form-row">
              <ChoiceField label="Takes off" value={draft.kind} onChange={(kind) => set({ kind })} options={[["percent", "Per cent"], ["EUR", "An amount in EUR"], ["USD", "An amount in USD"]]} />
              <TextField label={draft.kind === "percent" ? "Per cent" : `Amount in ${draft.kind}`} value={draft.value} onChange={(value) => set({ value })} autoComplete="off" error={tried === "tried" && gives === null ? (draft.kind === "percent" ? "From 1 to 100." : "An amount, such as 2.50.") : null} required />
            </div>
            <TextField label="Months" value={draft.periods} onChange={(periods) => set({ periods })} autoComplete="off" hint="How many it counts for; nothing for ever." error={periodsWrong} />
          </>
        )}
        <TextField label="Redemptions at most" value={draft.most} onChange={(most) => set({ most })} autoComplete="off" hint="Nothing for no limit." error={mostWrong} />
        <MomentField label="Ends" value={draft.ends} onChange={(ends) => set({ ends })} hint="Nothing for no end. Those who claimed it before keep it." />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={saving.isPending}>
            {coupon === null ? "Make the coupon" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
