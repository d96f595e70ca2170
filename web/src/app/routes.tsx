import { createBrowserRouter, Navigate, type RouteObject } from "react-router";

import { CrashPage } from "./CrashPage";
import { Audience, MembersOnly } from "./gates";
import { HomePage, PageOnItsWay } from "./HomePage";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";
import { accountSections, dataFiles, joinSlots, overviewCards } from "./slots";

const programme: RouteObject[] = [
  { index: true, element: <HomePage /> },
  { path: "title/:id", lazy: async () => ({ Component: (await import("@/features/title/TitlePage")).TitlePage }) },
  { path: "search", lazy: async () => ({ Component: (await import("@/features/search/SearchPage")).SearchPage }) },
  { path: "genres", lazy: async () => ({ Component: (await import("@/features/genre/GenresPage")).GenresPage }) },
  { path: "genre/:slug", lazy: async () => ({ Component: (await import("@/features/genre/GenrePage")).GenrePage }) },
  { path: "person/:id", lazy: async () => ({ Component: (await import("@/features/person/PersonPage")).PersonPage }) },
  { path: "row/:id", lazy: async () => ({ Component: (await import("@/features/home/RowPage")).RowPage }) },
  { path: "watch/:id", lazy: async () => ({ Component: (await import("@/features/watch/WatchPage")).WatchPage }) },
];

/** Where links in mail lead. A new member goes on to pay where there is something to pay for. */
function verify(what: "account" | "email") {
  return async () => {
    const { VerifyPage } = await import("@/features/join/VerifyPage");
    return { element: <VerifyPage what={what} then={joinSlots.Payment === undefined ? "/profiles" : "/join/payment"} /> };
  };
}

/** Ways in, open to everybody. */
const doors: RouteObject[] = [
  {
    path: "join",
    lazy: async () => {
      const { JoinPage } = await import("@/features/join/JoinPage");
      return { element: <JoinPage slots={joinSlots} /> };
    },
  },
  {
    path: "join/payment",
    lazy: async () => {
      const { JoinPaymentPage } = await import("@/features/join/JoinPaymentPage");
      return { element: <JoinPaymentPage slots={joinSlots} /> };
    },
  },
  { path: "verify", lazy: verify("account") },
  { path: "account/email", lazy: verify("email") },
  { path: "setup", lazy: async () => ({ Component: (await import("@/features/join/SetupPage")).SetupPage }) },
  { path: "sign-in", lazy: async () => ({ Component: (await import("@/features/signin/SignInPage")).SignInPage }) },
  { path: "reset", lazy: async () => ({ Component: (await import("@/features/signin/ResetPage")).ResetPage }) },
  { path: "tv", lazy: async () => ({ Component: (await import("@/features/signin/TvPage")).TvPage }) },
];

const accountPages: RouteObject[] = [
  {
    index: true,
    lazy: async () => {
      const { OverviewPage } = await import("@/features/account/OverviewPage");
      return { element: <OverviewPage cards={overviewCards} /> };
    },
  },
  { path: "plan", lazy: async () => ({ Component: (await import("@/features/billing/PlanPage")).PlanPage }) },
  { path: "payment", lazy: async () => ({ Component: (await import("@/features/billing/PaymentPage")).PaymentPage }) },
  { path: "invoices", lazy: async () => ({ Component: (await import("@/features/billing/InvoicesPage")).InvoicesPage }) },
  { path: "profiles", lazy: async () => ({ Component: (await import("@/features/profiles/ManagePage")).ProfilesSection }) },
  { path: "devices", lazy: async () => ({ Component: (await import("@/features/account/DevicesPage")).DevicesPage }) },
  { path: "security", lazy: async () => ({ Component: (await import("@/features/account/SecurityPage")).SecurityPage }) },
  {
    path: "data",
    lazy: async () => {
      const { DataPage } = await import("@/features/account/DataPage");
      return { element: <DataPage files={dataFiles} /> };
    },
  },
];

/** What somebody keeps: needs to know who is watching. */
const keeping: RouteObject[] = [
  { path: "my-list", lazy: async () => ({ Component: (await import("@/features/mylist/MyListPage")).MyListPage }) },
  { path: "history", lazy: async () => ({ Component: (await import("@/features/history/HistoryPage")).HistoryPage }) },
];

const members: RouteObject[] = [
  { path: "profiles", lazy: async () => ({ Component: (await import("@/features/profiles/GatePage")).GatePage }) },
  { path: "profiles/manage", lazy: async () => ({ Component: (await import("@/features/profiles/ManagePage")).ManagePage }) },
  { path: "pair", lazy: async () => ({ Component: (await import("@/features/signin/PairPage")).PairPage }) },
  {
    path: "account",
    lazy: async () => {
      const { AccountLayout } = await import("@/features/account/AccountLayout");
      return { element: <AccountLayout sections={accountSections} /> };
    },
    children: accountPages,
  },
];

const studio: RouteObject = {
  path: "studio",
  lazy: async () => ({ Component: (await import("@/features/studio/StudioLayout")).StudioLayout }),
  children: [
    { index: true, lazy: async () => ({ Component: (await import("@/features/studio/WorkPage")).WorkPage }) },
    { path: "jobs/:id", lazy: async () => ({ Component: (await import("@/features/studio/JobPage")).JobPage }) },
    { path: "titles", lazy: async () => ({ Component: (await import("@/features/studio/TitlesPage")).TitlesPage }) },
    { path: "titles/:id", lazy: async () => ({ Component: (await import("@/features/studio/EditTitlePage")).EditTitlePage }) },
    { path: "imports", lazy: async () => ({ Component: (await import("@/features/studio/ImportsPage")).ImportsPage }) },
    { path: "imports/:id", lazy: async () => ({ Component: (await import("@/features/studio/ImportPage")).ImportPage }) },
  ],
};

const office: RouteObject = {
  lazy: async () => ({ Component: (await import("@/features/admin/AdminLayout")).AdminLayout }),
  children: [
    { path: "admin", element: <Navigate to="/admin/members" replace /> },
    { path: "admin/members", lazy: async () => ({ Component: (await import("@/features/admin/MembersPage")).MembersPage }) },
    { path: "admin/members/:id", lazy: async () => ({ Component: (await import("@/features/admin/MemberPage")).MemberPage }) },
    { path: "admin/streams", lazy: async () => ({ Component: (await import("@/features/admin/StreamsPage")).StreamsPage }) },
    { path: "admin/plans", lazy: async () => ({ Component: (await import("@/features/admin/PlansPage")).PlansPage }) },
    { path: "admin/coupons", lazy: async () => ({ Component: (await import("@/features/admin/CouponsPage")).CouponsPage }) },
    { path: "admin/ledger", lazy: async () => ({ Component: (await import("@/features/admin/LedgerPage")).LedgerPage }) },
    { path: "admin/audit", lazy: async () => ({ Component: (await import("@/features/admin/AuditPage")).AuditPage }) },
    { path: "admin/operations", lazy: async () => ({ Component: (await import("@/features/admin/OperationsPage")).OperationsPage }) },
    { path: "mailbox", lazy: async () => ({ Component: (await import("@/features/mailbox/MailboxPage")).MailboxPage }) },
    { path: "mailbox/:id", lazy: async () => ({ Component: (await import("@/features/mailbox/MailboxPage")).MailPage }) },
  ],
};

/** Home comes with the first load; everything else is fetched when somebody goes there. */
export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: (
      <main id="main">
        <PageOnItsWay />
      </main>
    ),
    children: [
      { element: <Audience />, children: programme },
      ...doors,
      { element: <MembersOnly />, children: [{ element: <Audience />, children: keeping }, ...members] },
      studio,
      office,
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);
