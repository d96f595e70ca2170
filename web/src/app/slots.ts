import type { ComponentType } from "react";

import type { DataFile } from "@/features/account/DataPage";
import type { JoinSlots } from "@/features/join/slots";

/** Where features meet: what one shows of another is put in here, and handed to it by the routes. */

/** The plan and payment steps of joining. A step without a component is left out. */
export const joinSlots: JoinSlots = {};

export type AccountSection = { to: string; label: string };

/** The pages below /account, in the order of their navigation. */
export const accountSections: readonly AccountSection[] = [
  { to: "/account", label: "Overview" },
  { to: "/account/profiles", label: "Profiles" },
  { to: "/account/devices", label: "Devices" },
  { to: "/account/security", label: "Security" },
  { to: "/account/data", label: "Your data" },
];

/** Cards on the account's overview, after those about the account itself. */
export const overviewCards: readonly ComponentType[] = [];

/** Exports of other features, below the account's own. */
export const dataFiles: readonly DataFile[] = [];
