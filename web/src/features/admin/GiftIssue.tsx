import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { createGifts } from "@/api/admin";
import { fromLocalInput } from "@/ui/dates";
import { ChoiceField, TextField } from "@/ui/Field";
import { minorOf, moneyText } from "@/ui/money";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { MomentField } from "./CouponForm";

function Codes({ codes, words }: { codes: readonly string[]; words: string }) {
  const [copied, setCopied] = useState<"copied" | "no">("no");
  const copy = () => void navigator.clipboard.writeText(codes.join("\n")).then(() => setCopied("copied"), () => setCopied("no"));
  return (
    <div className="form" role="status">
      <p className="form-done">{words} Keep the codes now: they are not shown again.</p>
      <ul className="code-list" aria-label="Gift codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="form-actions">
        <Button look="quiet" small icon="copy" onClick={copy}>
          {copied === "copied" ? "Copied" : "Copy all"}
        </Button>
      </div>
    </div>
  );
}

/** Makes gift codes. Nothing is owed for them before somebody redeems them. */
export function GiftIssue() {
  const [typed, setTyped] = useState("25.00");
  const [currency, setCurrency] = useState("EUR");
  const [count, setCount] = useState("1");
  const [ends, setEnds] = useState("");
  const amount = minorOf(typed, currency);
  const many = /^\d+$/.test(count) ? Number(count) : 0;
  const amountWrong = amount === null || amount < 1 ? "An amount, such as 25.00." : null;
  const countWrong = many >= 1 && many <= 1000 ? null : "From 1 to 1,000.";
  const making = useMutation({ mutationFn: () => createGifts({ amount: amount ?? 0, currency, count: many, expires_at: fromLocalInput(ends) }) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (amountWrong === null && countWrong === null) making.mutate();
  };
  return (
    <section className="panel" aria-labelledby="gifts">
      <h2 id="gifts">Gift codes</h2>
      <p className="panel-lead">Each adds its amount to the balance of whoever redeems it.</p>
      <form className="form" onSubmit={submit}>
        <div className="form-row">
          <TextField label="Worth" value={typed} onChange={setTyped} autoComplete="off" error={amountWrong} required />
          <ChoiceField label="Currency" value={currency} onChange={setCurrency} options={[["EUR", "EUR"], ["USD", "USD"]]} />
          <TextField label="How many" value={count} onChange={setCount} autoComplete="off" error={countWrong} required />
          <MomentField label="Ends" value={ends} onChange={setEnds} />
        </div>
        <div role="alert">{making.isError && <p className="field-error">{tell(making.error).sentence}</p>}</div>
        <div className="form-actions">
          <Button type="submit" look="primary" disabled={making.isPending}>
            Make {many === 1 ? "a code" : "codes"}
          </Button>
        </div>
      </form>
      {making.data !== undefined && <Codes key={making.submittedAt} codes={making.data} words={`${making.data.length === 1 ? "A code" : `${making.data.length} codes`}${amount === null ? "" : `, ${moneyText(amount, currency)} each`}.`} />}
    </section>
  );
}
