import { useEffect, useState } from "react";

import type { MatineePlayer } from "@/player/core/engine";
import type { Snapshot } from "@/player/core/state";
import { bitrateText } from "@/ui/format";
import { Icon } from "@/ui/icons";

const REFRESH_MS = 500;

function lines(now: Snapshot): [string, string][] {
  return [
    ["Picture", now.height === 0 ? "—" : `${now.width} × ${now.height}${now.automatic ? ", automatic" : ", chosen"}`],
    ["Bitrate", bitrateText(now.bitsPerSecond)],
    ["Bandwidth, estimated", bitrateText(now.bandwidth)],
    ["Buffer", `${now.bufferSeconds.toFixed(1)} s`],
    ["Frames", `${now.decodedFrames} decoded, ${now.droppedFrames} dropped`],
    ["Stalls", String(now.stalls)],
    ["First frame after", now.timeToFirstFrameSeconds === null ? "—" : `${now.timeToFirstFrameSeconds.toFixed(2)} s`],
    ["Edge", now.edge === "" ? "—" : now.edge],
    ["Protocol", `${now.protocol.toUpperCase()}${now.manifestType === "" ? "" : ` (${now.manifestType})`}`],
    ["Key system", now.keySystem === "" ? "none" : now.keySystem],
    ["Codecs", now.codecs === "" ? "—" : now.codecs],
  ];
}

/** Figures about the stream, renewed twice a second. */
export function Statistics({ player, onClose }: { player: MatineePlayer; onClose: () => void }) {
  const [now, setNow] = useState<Snapshot>(() => player.snapshot());
  useEffect(() => {
    const timer = setInterval(() => setNow(player.snapshot()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [player]);
  return (
    <section className="statistics" aria-label="Statistics" data-testid="statistics">
      <header>
        <h2>Statistics</h2>
        <button type="button" className="player-button" aria-label="Close statistics" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {lines(now).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="statistics-protocol" role="group" aria-label="Protocol">
        {(["dash", "hls"] as const).map((protocol) => (
          <button key={protocol} type="button" className="button button-small" aria-pressed={now.protocol === protocol} onClick={() => void player.useProtocol(protocol)}>
            {protocol.toUpperCase()}
          </button>
        ))}
      </div>
    </section>
  );
}
