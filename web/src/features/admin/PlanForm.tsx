import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { createPlan, editPlan, type PlanFields, type StaffPlan } from "@/api/admin";
import { FormProblem, SwitchField, TextField } from "@/ui/Field";
import { amountText, minorOf } from "@/ui/money";
import { Button, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { adminKeys } from "./keys";

type Draft = { id: string; name: string; description: string; prices: Record<string, string>; height: string; streams: string; devices: string; trial: string; rank: string; listed: boolean };

function draftOf(plan: StaffPlan | null): Draft {
  const prices = plan === null ? { EUR: "", USD: "" } : Object.fromEntries(Object.entries(plan.prices).map(([currency, price]) => [currency, amountText(price, currency)]));
  return {
    id: plan?.plan_id ?? "",
    name: plan?.name ?? "",
    description: plan?.description ?? "",
    prices,
    height: String(plan?.max_height ?? 1080),
    streams: String(plan?.streams ?? 2),
    devices: String(plan?.download_devices ?? 2),
    trial: String(plan?.trial_days ?? 7),
    rank: String(plan?.rank ?? 0),
    listed: plan?.listed ?? true,
  };
}

function pricesOf(draft: Draft): Record<string, number> | null {
  const prices: Record<string, number> = {};
  for (const [currency, typed] of Object.entries(draft.prices)) {
    if (typed.trim() === "") continue;
    const price = minorOf(typed, currency);
    if (price === null || price < 1) return null;
    prices[currency] = price;
  }
  return Object.keys(prices).length === 0 ? null : prices;
}

function fieldsOf(draft: Draft, prices: Record<string, number>): PlanFields {
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    prices,
    max_height: Number(draft.height),
    streams: Number(draft.streams),
    download_devices: Number(draft.devices),
    trial_days: Number(draft.trial),
    rank: Number(draft.rank),
    listed: draft.listed,
  };
}

/** What differs from a plan as it is stored. */
export function changesOf(plan: StaffPlan, fields: PlanFields): Partial<PlanFields> {
  const different = (name: keyof PlanFields) => JSON.stringify(fields[name]) !== JSON.stringify(plan[name]);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => different(name as keyof PlanFields)));
}

function wholeNumber(typed: string, low: number, high: number): string | null {
  const value = Number(typed);
  return /^\d+$/.test(typed.trim()) && value >= low && value <= high ? null : `A whole number from ${low} to ${high}.`;
}

/** Makes a plan, or changes one; new prices count from each member's next month. */
export function PlanForm({ plan, onClose }: { plan: StaffPlan | null; onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(plan));
  const [tried, setTried] = useState<"tried" | "no">("no");
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const prices = pricesOf(draft);
  const wrong = {
    id: /^[a-z0-9-]{1,64}$/.test(draft.id) ? null : "Small letters, digits and dashes.",
    prices: prices === null ? "At least one price, such as 9.99." : null,
    height: wholeNumber(draft.height, 144, 4320),
    streams: wholeNumber(draft.streams, 1, 100),
    devices: wholeNumber(draft.devices, 0, 100),
    trial: wholeNumber(draft.trial, 0, 90),
    rank: wholeNumber(draft.rank, 0, 100),
  };
  const shown = (error: string | null) => (tried === "tried" ? error : null);
  const saving = useMutation({
    mutationFn: () => {
      const fields = fieldsOf(draft, prices ?? {});
      return plan === null ? createPlan({ plan_id: draft.id, ...fields }) : editPlan(plan.plan_id, changesOf(plan, fields), plan.version);
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: adminKeys.plans });
      await client.invalidateQueries({ queryKey: ["plans"] });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried("tried");
    if (Object.values(wrong).every((one) => one === null)) saving.mutate();
  };
  return (
    <Dialog title={plan === null ? "New plan" : `Change ${plan.name}`} onClose={onClose} className="dialog-wide">
      <form className="form" onSubmit={submit}>
        {saving.isError && <FormProblem title={tell(saving.error).title}>{<p>{tell(saving.error).sentence}</p>}</FormProblem>}
        <div className="form-row">
          <TextField label="Name" value={draft.name} onChange={(name) => set(plan === null ? { name, id: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") } : { name })} autoComplete="off" maxLength={60} required autoFocus />
          {plan === null && <TextField label="Identifier" value={draft.id} onChange={(id) => set({ id })} autoComplete="off" maxLength={64} error={shown(wrong.id)} hint="Stays for good." required />}
        </div>
        <TextField label="Description" value={draft.description} onChange={(description) => set({ description })} autoComplete="off" maxLength={500} />
        <div className="form-row">
          {Object.keys(draft.prices).map((currency) => (
            <TextField key={currency} label={`Price a month in ${currency}`} value={draft.prices[currency] ?? ""} onChange={(typed) => set({ prices: { ...draft.prices, [currency]: typed } })} autoComplete="off" error={shown(wrong.prices)} />
          ))}
        </div>
        <div className="form-row">
          <TextField label="Picture, lines" value={draft.height} onChange={(height) => set({ height })} autoComplete="off" error={shown(wrong.height)} />
          <TextField label="Screens at once" value={draft.streams} onChange={(streams) => set({ streams })} autoComplete="off" error={shown(wrong.streams)} />
          <TextField label="Download devices" value={draft.devices} onChange={(devices) => set({ devices })} autoComplete="off" error={shown(wrong.devices)} />
        </div>
        <div className="form-row">
          <TextField label="Trial, days" value={draft.trial} onChange={(trial) => set({ trial })} autoComplete="off" error={shown(wrong.trial)} />
          <TextField label="Rank" value={draft.rank} onChange={(rank) => set({ rank })} autoComplete="off" error={shown(wrong.rank)} hint="The best has the highest." />
        </div>
        <SwitchField label="On offer" hint="Members who have a plan keep it when it goes off." checked={draft.listed} onChange={(listed) => set({ listed })} />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={saving.isPending}>
            {plan === null ? "Make the plan" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
