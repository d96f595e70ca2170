import { useState, type SyntheticEvent } from "react";

import type { Proof } from "@/api/session";
import { TextField } from "@/ui/Field";
import { PIN_DIGITS, PinField } from "@/ui/PinField";
import { Button, Dialog } from "@/ui/primitives";

type Props = {
  title: string;
  lead: string;
  /** Whether there is a PIN to ask for; the account's password always does. */
  pin: "asks" | "none";
  problem: string | null;
  busy: boolean;
  onProof: (proof: Proof) => void;
  onClose: () => void;
};

/** Asks for a profile's PIN, or for the account's password where it was forgotten. */
export function ProofDialog({ title, lead, pin, problem, busy, onProof, onClose }: Props) {
  const [way, setWay] = useState<"pin" | "password">(pin === "asks" ? "pin" : "password");
  const [value, setValue] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onProof(way === "pin" ? { pin: value } : { password: value });
  };
  const other = () => {
    setWay(way === "pin" ? "password" : "pin");
    setValue("");
  };
  return (
    <Dialog title={title} onClose={onClose} className="proof">
      <form className="form" onSubmit={submit}>
        <p className="field-hint">{lead}</p>
        {way === "pin" ? <PinField label="PIN" value={value} onChange={setValue} error={problem} autoFocus /> : <TextField label="Password of the account" kind="password" autoComplete="current-password" value={value} onChange={setValue} error={problem} required autoFocus />}
        {pin === "asks" && (
          <button type="button" className="text-link" onClick={other}>
            {way === "pin" ? "Forgotten? Use the account’s password" : "Use the PIN"}
          </button>
        )}
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={busy || value.length < (way === "pin" ? PIN_DIGITS.least : 1)}>
            Go on
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
