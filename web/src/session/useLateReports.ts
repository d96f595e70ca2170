import { useEffect } from "react";

import { sendLate } from "@/api/progress";

import { currentProfile, useSession } from "./useSession";

/** Send what was kept while the service was out of reach: when somebody comes, and when the network comes back. */
export function useLateReports(butTitle: string | null = null): void {
  const profileId = currentProfile(useSession().data)?.profile_id ?? "";
  useEffect(() => {
    if (profileId === "") return;
    const send = (): void => void sendLate(profileId, butTitle);
    send();
    window.addEventListener("online", send);
    return () => window.removeEventListener("online", send);
  }, [profileId, butTitle]);
}
