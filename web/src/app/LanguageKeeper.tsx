import { useEffect, useState } from "react";

import { setLanguage } from "@/i18n";
import { currentProfile, useSession } from "@/session/useSession";

/**
 * Lets the pages speak as the profile wishes, and while nobody has said who is watching, as the account or the browser does.
 *
 * Answers whether they do. Until then a page is better not begun, as it would turn under somebody's eyes.
 */
export function useSpokenLanguage(): boolean {
  const { data, isError } = useSession();
  const wish = data === undefined ? null : (currentProfile(data)?.language ?? data.account?.language ?? "");
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    if (wish === null) return;
    const settle = () => setSettled(wish);
    // Words that do not come are no reason to show nothing.
    setLanguage(wish === "" ? navigator.languages : [wish]).then(settle, settle);
  }, [wish]);
  return settled !== null || isError;
}
