import { useEffect } from "react";
import { isRouteErrorResponse, useRouteError } from "react-router";

import { useI18n } from "@/i18n";
import { usePageTitle } from "@/ui/page";
import { Button, Notice } from "@/ui/primitives";

/** Whether a part of the page could not be fetched, as it happens without a network and after an update of the site. */
function isMissingPart(error: unknown): boolean {
  return error instanceof TypeError && /import|fetch|load/i.test(error.message);
}

/** The last resort: a page that failed to load or to draw. Without a network it comes back by itself with it. */
export function CrashPage() {
  const error = useRouteError();
  const { t } = useI18n();
  const away = !navigator.onLine || isMissingPart(error);
  usePageTitle(t(away ? "common.unreachable" : "common.broke"));
  useEffect(() => {
    const reload = () => window.location.reload();
    window.addEventListener("online", reload);
    return () => window.removeEventListener("online", reload);
  }, []);
  const reference = isRouteErrorResponse(error) ? String(error.status) : error instanceof Error ? error.name : "unknown";
  return (
    <main className="page page-beamed" id="main">
      <Notice title={t(away ? "common.unreachable" : "common.broke")} level={1} reference={away ? null : reference} live="alert">
        <p>{t(away ? "common.unreachable-sentence" : "common.broke-sentence")}</p>
        <Button look="primary" onClick={() => window.location.reload()}>
          {t("common.load-again")}
        </Button>
      </Notice>
    </main>
  );
}
