import { lazy, Suspense } from "react";

import type { PaymentSlotProps, PlanSlotProps } from "@/features/join/slots";
import { Skeleton } from "@/ui/primitives";

/** Billing's parts in other features' pages, fetched when somebody gets there. */

const Plan = lazy(async () => ({ default: (await import("@/features/billing/JoinSlots")).JoinPlan }));
const Payment = lazy(async () => ({ default: (await import("@/features/billing/JoinSlots")).JoinPayment }));
const Card = lazy(async () => ({ default: (await import("@/features/billing/PlanCard")).PlanCard }));

export function PlanSlot(props: PlanSlotProps) {
  return (
    <Suspense fallback={<Skeleton className="line-skeleton" />}>
      <Plan {...props} />
    </Suspense>
  );
}

export function PaymentSlot(props: PaymentSlotProps) {
  return (
    <Suspense fallback={<Skeleton className="line-skeleton" />}>
      <Payment {...props} />
    </Suspense>
  );
}

export function PlanCardSlot() {
  return (
    <Suspense fallback={<Skeleton className="line-skeleton" />}>
      <Card />
    </Suspense>
  );
}
