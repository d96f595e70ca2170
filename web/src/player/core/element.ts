import type { PlayerState, Store } from "./state";

function bufferedEnd(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video;
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.start(i) <= currentTime + 0.25 && buffered.end(i) >= currentTime) return buffered.end(i);
  }
  return currentTime;
}

/** Keep the state in step with the media element. Returns how to stop. */
export function watchElement(video: HTMLVideoElement, store: Store<PlayerState>): () => void {
  const stop = new AbortController();
  const on = (names: string[], react: () => void): void => {
    for (const name of names) video.addEventListener(name, react, { signal: stop.signal });
  };
  on(["timeupdate", "progress", "seeking", "seeked"], () =>
    store.set({ currentTime: video.currentTime, bufferedEnd: bufferedEnd(video) }),
  );
  on(["durationchange"], () => {
    if (Number.isFinite(video.duration)) store.set({ duration: video.duration });
  });
  on(["play", "playing", "pause"], () => {
    const phase = store.get().phase === "ended" && !video.paused ? "ready" : store.get().phase;
    store.set({ paused: video.paused, phase });
  });
  on(["volumechange"], () => store.set({ volume: video.volume, muted: video.muted }));
  on(["ratechange"], () => {
    // A buffering engine sets the rate to 0 for a moment; that is no choice of speed.
    if (video.playbackRate > 0) store.set({ speed: video.playbackRate });
  });
  on(["ended"], () => store.set({ phase: "ended", paused: true, currentTime: video.duration }));
  return () => stop.abort();
}
