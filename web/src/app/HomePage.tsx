import { lazy, Suspense } from "react";

import { HomePage as MemberHome } from "@/features/home/HomePage";
import { KidsHome } from "@/features/home/KidsHome";
import { useI18n } from "@/i18n";
import { currentProfile, membershipOf, useSession } from "@/session/useSession";

const LandingPage = lazy(async () => ({ default: (await import("@/features/landing/LandingPage")).LandingPage }));

/** A page on its way has a heading too, so that there is always one to read from. */
export function PageOnItsWay() {
  const { t } = useI18n();
  return (
    <div className="page" aria-busy="true">
      <h1 tabIndex={-1} className="visually-hidden">
        {t("common.loading")}
      </h1>
    </div>
  );
}

/** The same address for everybody: the house's front for strangers, their own programme for who is watching. */
export function HomePage() {
  const { data } = useSession();
  if (currentProfile(data)?.kids === true) return <KidsHome />;
  if (membershipOf(data) !== "stranger") return <MemberHome />;
  return (
    <Suspense fallback={<PageOnItsWay />}>
      <LandingPage />
    </Suspense>
  );
}
