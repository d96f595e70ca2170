import type { ComponentType } from "react";

/** What joining needs of plans and payment; the app puts the two together, so that neither knows the other. */

export type PlanSlotProps = {
  /** The plan chosen so far. */
  chosen: string | null;
  onChoose: (planId: string) => void;
};

export type PaymentSlotProps = {
  /** The plan chosen while joining; null when another browser did, so that it is asked for again. */
  planId: string | null;
  /** The subscription runs. */
  onDone: () => void;
  /** Not now: look at the free films first. */
  onSkip: () => void;
};

export type JoinSlots = { Plan?: ComponentType<PlanSlotProps>; Payment?: ComponentType<PaymentSlotProps> };
