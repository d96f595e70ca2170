import type { StreamGrant } from "@/api/types";

import { readPreferences, rememberPreference } from "./preferences";
import type { ShakaPlayer } from "./shaka";
import type { PlayerState, Store } from "./state";
import { audioChoices, textChoices, videoChoices } from "./tracks";

const FALLBACK_FRAME_SECONDS = 1 / 24;
const EVENTS = ["trackschanged", "adaptation", "variantchanged", "textchanged", "audiotrackchanged"];

/** Picture, sound and subtitles of the film that plays: what there is, what is chosen, and what is remembered of it. */
export class TrackDesk {
  private readonly player: ShakaPlayer;
  private readonly store: Store<PlayerState>;
  private closed = false;

  constructor(player: ShakaPlayer, store: Store<PlayerState>) {
    this.player = player;
    this.store = store;
  }

  /** Follow what the engine does by itself. Returns how to stop. */
  watch(): () => void {
    const read = (): void => this.read();
    for (const name of EVENTS) this.player.addEventListener(name, read);
    return () => {
      this.closed = true;
      for (const name of EVENTS) this.player.removeEventListener(name, read);
    };
  }

  /** Take over what there is and what plays now. */
  read(): void {
    if (this.closed) return;
    const qualities = videoChoices(this.player.getVideoTracks());
    this.store.set({
      qualities,
      audio: audioChoices(this.player.getAudioTracks()),
      text: textChoices(this.player.getTextTracks()),
      activeHeight: qualities.find((choice) => choice.active)?.track.height ?? null,
    });
  }

  /** Subtitles of a film that was just loaded: those beside the manifest where it has none, and the language as before. */
  async openText(grant: StreamGrant): Promise<void> {
    if (this.player.getTextTracks().length === 0) {
      for (const link of grant.text) {
        await this.player.addTextTrackAsync(link.url, link.language, "subtitles", "text/vtt", "", link.label, link.forced);
      }
    }
    const { textLanguage } = readPreferences(window.localStorage);
    const wanted = this.player.getTextTracks().find((track) => track.language === textLanguage);
    this.player.selectTextTrack(wanted ?? null);
  }

  /** Choose a quality by its id, or `null` for the automatic choice. */
  chooseQuality(id: string | null): void {
    const choice = videoChoices(this.player.getVideoTracks()).find((one) => one.id === id);
    this.player.configure("abr.enabled", choice === undefined);
    if (choice !== undefined) this.player.selectVideoTrack(choice.track, true, 2);
    this.store.set({ automatic: choice === undefined });
    this.read();
  }

  chooseAudio(id: string): void {
    const choice = audioChoices(this.player.getAudioTracks()).find((one) => one.id === id);
    if (choice === undefined) return;
    this.player.selectAudioTrack(choice.track);
    rememberPreference(window.localStorage, { audioLanguage: choice.track.language });
    this.read();
  }

  /** Choose subtitles by id, or `null` for none. */
  chooseText(id: string | null): void {
    const choice = textChoices(this.player.getTextTracks()).find((one) => one.id === id);
    this.player.selectTextTrack(choice?.track ?? null);
    rememberPreference(window.localStorage, { textLanguage: choice?.track.language ?? null });
    this.read();
  }

  /** Turn subtitles on or off. Returns whether there are any. */
  toggleText(): boolean {
    const choices = this.store.get().text;
    const active = choices.some((choice) => choice.active);
    const [first] = choices;
    if (first === undefined) return false;
    this.chooseText(active ? null : first.id);
    return true;
  }

  /** How long one picture of the film stands. */
  get frameSeconds(): number {
    const rate = this.player.getVideoTracks().find((track) => track.active)?.frameRate;
    return rate === null || rate === undefined || rate <= 0 ? FALLBACK_FRAME_SECONDS : 1 / rate;
  }
}
