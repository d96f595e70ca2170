import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { editCoupon, listCoupons, type Coupon } from "@/api/admin";
import { shortDayText } from "@/ui/dates";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { CouponForm } from "./CouponForm";
import { GiftIssue } from "./GiftIssue";
import { adminKeys } from "./keys";
import { couponGives, couponOver } from "./model";

function Line({ coupon, nowMs, onEdit }: { coupon: Coupon; nowMs: number; onEdit: () => void }) {
  const client = useQueryClient();
  const turning = useMutation({ mutationFn: () => editCoupon(coupon.code, { active: !coupon.active }), onSuccess: () => client.invalidateQueries({ queryKey: adminKeys.coupons }) });
  const over = couponOver(coupon, nowMs);
  return (
    <li data-testid="coupon">
      <div className="line-words">
        <strong className="mono">{coupon.code}</strong>
        <span>
          {couponGives(coupon)} · redeemed {coupon.redeemed}
          {coupon.max_redemptions === null ? "" : ` of ${coupon.max_redemptions}`}
          {coupon.expires_at === null ? "" : ` · until ${shortDayText(coupon.expires_at)}`}
        </span>
        {turning.isError && <p className="field-error">{tell(turning.error).sentence}</p>}
      </div>
      <div className="line-actions">
        <Chip look={over === null ? "good" : "plain"}>{over ?? "Counts"}</Chip>
        <Button small look="quiet" disabled={turning.isPending} onClick={() => turning.mutate()}>
          {coupon.active ? "Turn off" : "Turn on"}
          <span className="visually-hidden"> {coupon.code}</span>
        </Button>
        <Button small look="quiet" icon="pencil" onClick={onEdit}>
          Change<span className="visually-hidden"> {coupon.code}</span>
        </Button>
      </div>
    </li>
  );
}

/** Discounts that members claim by a code, and codes that are worth money. */
export function CouponsPage() {
  usePageTitle("Coupons and gifts");
  const coupons = useQuery({ queryKey: adminKeys.coupons, queryFn: ({ signal }) => listCoupons(signal) });
  const [open, setOpen] = useState<Coupon | "new" | null>(null);
  return (
    <>
      <div className="office-head">
        <h1 tabIndex={-1}>Coupons and gifts</h1>
        <Button look="primary" icon="plus" onClick={() => setOpen("new")}>
          New coupon
        </Button>
      </div>
      {coupons.isError && <ProblemNotice error={coupons.error} onRetry={() => void coupons.refetch()} />}
      {!coupons.isError && (
        <section className="panel" aria-label="Coupons">
          {coupons.isPending && <Skeleton className="line-skeleton" />}
          {coupons.data?.length === 0 && <p className="panel-lead">No coupon yet.</p>}
          <ul className="lines">
            {coupons.data?.map((coupon) => (
              <Line key={coupon.code} coupon={coupon} nowMs={coupons.dataUpdatedAt} onEdit={() => setOpen(coupon)} />
            ))}
          </ul>
        </section>
      )}
      <GiftIssue />
      {open !== null && <CouponForm coupon={open === "new" ? null : open} onClose={() => setOpen(null)} />}
    </>
  );
}
