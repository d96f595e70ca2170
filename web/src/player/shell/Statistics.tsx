import { useEffect, useState } from "react";

import { useI18n, type Translator } from "@/i18n";
import type { MatineePlayer } from "@/player/core/engine";
import type { Snapshot } from "@/player/core/state";
import { bitrateText } from "@/ui/format";
import { Icon } from "@/ui/icons";

const REFRESH_MS = 500;

function lines(now: Snapshot, t: Translator["t"]): [string, string][] {
  return [
    [t("watch.stat-picture"), now.height === 0 ? "—" : t(now.automatic ? "watch.stat-automatic" : "watch.stat-chosen", { size: `${now.width} × ${now.height}` })],
    [t("watch.stat-bitrate"), bitrateText(now.bitsPerSecond)],
    [t("watch.stat-bandwidth"), bitrateText(now.bandwidth)],
    [t("watch.stat-buffer"), `${now.bufferSeconds.toFixed(1)} s`],
    [t("watch.stat-frames"), t("watch.stat-frames-are", { decoded: now.decodedFrames, dropped: now.droppedFrames })],
    [t("watch.stat-stalls"), String(now.stalls)],
    [t("watch.stat-first"), now.timeToFirstFrameSeconds === null ? "—" : `${now.timeToFirstFrameSeconds.toFixed(2)} s`],
    [t("watch.stat-edge"), now.edge === "" ? "—" : now.edge],
    [t("watch.stat-protocol"), `${now.protocol.toUpperCase()}${now.manifestType === "" ? "" : ` (${now.manifestType})`}`],
    [t("watch.stat-keys"), now.keySystem === "" ? t("watch.stat-none") : now.keySystem],
    [t("watch.stat-codecs"), now.codecs === "" ? "—" : now.codecs],
  ];
}

/** Figures about the stream, renewed twice a second. */
export function Statistics({ player, onClose }: { player: MatineePlayer; onClose: () => void }) {
  const { t } = useI18n();
  const [now, setNow] = useState<Snapshot>(() => player.snapshot());
  useEffect(() => {
    const timer = setInterval(() => setNow(player.snapshot()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [player]);
  return (
    <section className="statistics" aria-label={t("watch.statistics")} data-testid="statistics">
      <header>
        <h2>{t("watch.statistics")}</h2>
        <button type="button" className="player-button" aria-label={t("watch.stat-close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl dir="auto">
        {lines(now, t).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="statistics-protocol" role="group" aria-label={t("watch.stat-protocol")}>
        {(["dash", "hls"] as const).map((protocol) => (
          <button key={protocol} type="button" className="button button-small" aria-pressed={now.protocol === protocol} onClick={() => void player.useProtocol(protocol)}>
            {protocol.toUpperCase()}
          </button>
        ))}
      </div>
    </section>
  );
}
