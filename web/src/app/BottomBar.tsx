import { NavLink } from "react-router";

import { useI18n, type MessageKey } from "@/i18n";
import { currentProfile, useSession } from "@/session/useSession";
import { Icon, type IconName } from "@/ui/icons";

const PLACES: readonly (readonly [to: string, icon: IconName, label: MessageKey, needs: "anybody" | "profile"])[] = [
  ["/", "home", "nav.home", "anybody"],
  ["/search", "search", "nav.search", "anybody"],
  ["/my-list", "bookmark", "nav.my-list", "profile"],
  ["/history", "clock", "nav.history", "profile"],
];

/** The ways to go, within a thumb's reach; phones only. */
export function BottomBar() {
  const { t } = useI18n();
  const profile = currentProfile(useSession().data);
  return (
    <nav className="bottom-bar" aria-label={t("nav.bottom")}>
      {PLACES.filter(([, , , needs]) => needs === "anybody" || profile !== null).map(([to, icon, label]) => (
        <NavLink key={to} to={to} end>
          <Icon name={icon} />
          <span>{t(label)}</span>
        </NavLink>
      ))}
    </nav>
  );
}
