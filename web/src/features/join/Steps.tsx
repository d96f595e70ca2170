export type StepName = "account" | "plan" | "mail" | "payment";

const LABELS: Record<StepName, string> = { account: "You", plan: "Plan", mail: "Your mail", payment: "Payment" };

/** Where somebody is on the way in. */
export function Steps({ all, current }: { all: readonly StepName[]; current: StepName }) {
  const at = all.indexOf(current);
  return (
    <ol className="steps" aria-label="Steps of joining">
      {all.map((step, index) => (
        <li key={step} className={index < at ? "step-done" : undefined} aria-current={step === current ? "step" : undefined}>
          {LABELS[step]}
          {index < at && <span className="visually-hidden">, done</span>}
        </li>
      ))}
    </ol>
  );
}

/** The steps that this house has: without billing there is neither plan nor payment. */
export function stepsOf(slots: { Plan?: unknown; Payment?: unknown }): StepName[] {
  const has = (slot: unknown): boolean => slot !== undefined;
  return ["account", ...(has(slots.Plan) ? (["plan"] as const) : []), "mail", ...(has(slots.Payment) ? (["payment"] as const) : [])];
}
