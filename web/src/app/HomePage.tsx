import { lazy, Suspense } from "react";

import { BrowsePage } from "@/features/browse/BrowsePage";
import { KidsHome } from "@/features/browse/KidsHome";
import { currentProfile, membershipOf, useSession } from "@/session/useSession";

const LandingPage = lazy(async () => ({ default: (await import("@/features/landing/LandingPage")).LandingPage }));

/** The same address for everybody: the house's front for strangers, the programme for who is watching. */
export function HomePage() {
  const { data } = useSession();
  if (currentProfile(data)?.kids === true) return <KidsHome />;
  if (membershipOf(data) !== "stranger") return <BrowsePage />;
  return (
    <Suspense fallback={<div className="page" aria-busy="true" />}>
      <LandingPage />
    </Suspense>
  );
}
