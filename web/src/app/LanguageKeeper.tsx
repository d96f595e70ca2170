import { useEffect } from "react";

import { setLanguage } from "@/i18n";
import { currentProfile, useSession } from "@/session/useSession";

/** Lets the pages speak as the profile wishes, and while nobody has said who is watching, as the account or the browser does. */
export function LanguageKeeper() {
  const { data } = useSession();
  const wish = data === undefined ? null : (currentProfile(data)?.language ?? data.account?.language ?? "");
  useEffect(() => {
    if (wish !== null) void setLanguage(wish === "" ? navigator.languages : [wish]);
  }, [wish]);
  return null;
}
