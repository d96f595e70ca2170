import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";

import { useI18n } from "@/i18n";
import { toast } from "@/ui/toasts";

function subscribeToNetwork(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

/** Says that the network is away, and takes up again by itself what failed meanwhile. */
export function OfflineNote() {
  const { t } = useI18n();
  const client = useQueryClient();
  const online = useSyncExternalStore(subscribeToNetwork, () => navigator.onLine);
  const was = useRef(online);
  useEffect(() => {
    if (online && !was.current) {
      toast({ text: t("common.online") });
      void client.refetchQueries({ type: "active", predicate: (query) => query.state.status === "error" });
    }
    was.current = online;
  }, [online, client, t]);
  return (
    <div role="status" className="offline-place">
      {!online && <p className="offline-note">{t("common.offline")}</p>}
    </div>
  );
}
