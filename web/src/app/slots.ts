import type { ComponentType } from "react";

import { BILLING_EXPORT_PATH } from "@/api/billing";
import type { DataFile } from "@/features/account/DataPage";
import type { JoinSlots } from "@/features/join/slots";

import { PaymentSlot, PlanCardSlot, PlanSlot } from "./billingSlots";

/** Where features meet: what one shows of another is put in here, and handed to it by the routes. */

/** The plan and payment steps of joining. A step without a component is left out. */
export const joinSlots: JoinSlots = { Plan: PlanSlot, Payment: PaymentSlot };

export type AccountSection = { to: string; label: string };

/** The pages below /account, in the order of their navigation. */
export const accountSections: readonly AccountSection[] = [
  { to: "/account", label: "Overview" },
  { to: "/account/plan", label: "Plan" },
  { to: "/account/payment", label: "Payment" },
  { to: "/account/invoices", label: "Invoices" },
  { to: "/account/profiles", label: "Profiles" },
  { to: "/account/devices", label: "Devices" },
  { to: "/account/security", label: "Security" },
  { to: "/account/data", label: "Your data" },
];

/** Cards on the account's overview, after those about the account itself. */
export const overviewCards: readonly ComponentType[] = [PlanCardSlot];

/** Exports of other features, below the account's own. */
export const dataFiles: readonly DataFile[] = [{ href: BILLING_EXPORT_PATH, label: "Plan, payments, invoices", file: "matinee-billing.json" }];
