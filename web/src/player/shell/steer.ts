import type { MatineePlayer } from "@/player/core/engine";
import type { Action } from "@/player/core/keymap";

function togglePictureInPicture(video: HTMLVideoElement): void {
  const done: Promise<unknown> = document.pictureInPictureElement === null ? video.requestPictureInPicture() : document.exitPictureInPicture();
  // Refused where the system has no such window; the film goes on in the page.
  done.catch(() => undefined);
}

/** Do what a key or a button asks of the film itself. */
export function steer(player: MatineePlayer, action: Action): void {
  if (action.kind === "toggle-play") player.togglePlay();
  else if (action.kind === "seek-by") player.seekBy(action.seconds);
  else if (action.kind === "seek-to-fraction") player.seek(action.fraction * player.store.get().duration);
  else if (action.kind === "volume-by") player.setVolume(player.video.volume + action.step);
  else if (action.kind === "toggle-mute") player.toggleMute();
  else if (action.kind === "toggle-subtitles") player.toggleSubtitles();
  else if (action.kind === "speed-step") player.stepSpeed(action.direction);
  else if (action.kind === "frame-step") player.stepFrame(action.direction);
  else if (action.kind === "toggle-picture-in-picture") togglePictureInPicture(player.video);
}
