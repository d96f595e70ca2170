import type { MatineePlayer } from "./engine";

export type NowPlaying = { title: string; artist: string; artworkUrl: string | null };

/** Let lock screens and media keys show and steer the film. Returns how to withdraw it. */
export function publishMediaSession(player: MatineePlayer, now: NowPlaying): () => void {
  if (!("mediaSession" in navigator)) return () => undefined;
  const session = navigator.mediaSession;
  session.metadata = new MediaMetadata({
    title: now.title,
    artist: now.artist,
    artwork: now.artworkUrl === null ? [] : [{ src: now.artworkUrl, type: "image/webp" }],
  });
  const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
    ["play", () => player.play()],
    ["pause", () => player.video.pause()],
    ["seekbackward", (details) => player.seekBy(-(details.seekOffset ?? 10))],
    ["seekforward", (details) => player.seekBy(details.seekOffset ?? 10)],
    ["seekto", (details) => player.seek(details.seekTime ?? 0)],
  ];
  for (const [action, handler] of handlers) session.setActionHandler(action, handler);
  const unsubscribe = player.store.subscribe(() => {
    const { paused, duration, currentTime, speed } = player.store.get();
    session.playbackState = paused ? "paused" : "playing";
    if (duration > 0) session.setPositionState({ duration, position: Math.min(currentTime, duration), playbackRate: speed });
  });
  return () => {
    unsubscribe();
    session.metadata = null;
    session.playbackState = "none";
    for (const [action] of handlers) session.setActionHandler(action, null);
  };
}
