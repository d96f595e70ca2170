import { isRouteErrorResponse, useRouteError } from "react-router";

import { usePageTitle } from "@/ui/page";
import { Button, Notice } from "@/ui/primitives";

/** The last resort: a page that failed to load or to draw. A new version of the site is the usual reason. */
export function CrashPage() {
  const error = useRouteError();
  usePageTitle("Something broke");
  const reference = isRouteErrorResponse(error) ? String(error.status) : error instanceof Error ? error.name : "unknown";
  return (
    <main className="page page-beamed" id="main">
      <Notice title="The reel came off" level={1} reference={reference} live="alert">
        <p>This page could not be shown. Loading it again usually helps, for instance after an update of the site.</p>
        <Button look="primary" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </Notice>
    </main>
  );
}
