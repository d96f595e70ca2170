import type { StreamGrant } from "@/api/types";
import { currentTranslator } from "@/i18n/store";

import { EdgeRing } from "./edges";
import { watchElement } from "./element";
import { describeFailure, isExpiredAddress, isInterruption, unsupportedBrowser, type PlaybackFailure } from "./failures";
import { GrantKeeper } from "./grants";
import { BEAT_MS } from "./heartbeat";
import { CLEAR_KEY, FORM_KEY_SYSTEM } from "./hlsKeys";
import { nextSpeed } from "./keymap";
import { installFilters, RETRY } from "./network";
import { readPreferences, rememberPreference } from "./preferences";
import { Recovery } from "./recovery";
import type { Shaka, ShakaPlayer } from "./shaka";
import { parseSpriteIndex } from "./sprites";
import { initialState, Store, type PlayerState, type Protocol, type Snapshot } from "./state";
import { clamp } from "./time";
import { TrackDesk } from "./trackDesk";

export type EngineOptions = {
  shaka: Shaka;
  video: HTMLVideoElement;
  /** Where subtitles are drawn. */
  container: HTMLElement;
  grant: StreamGrant;
  fetchGrant: () => Promise<StreamGrant>;
  protocol: Protocol;
};

const NOTICE_MS = 5000;

declare global {
  interface Window {
    /** Read-only figures of the film that plays, for tests and for support. */
    __matineePlayer?: () => Snapshot;
  }
  interface HTMLVideoElement {
    readonly webkitAudioDecodedByteCount?: number;
  }
}

/** Plays one title: edges, licences, renewal, recovery. Knows no framework; `store` tells what to show. */
export class MatineePlayer {
  readonly store: Store<PlayerState>;
  readonly video: HTMLVideoElement;
  readonly tracks: TrackDesk;
  private readonly shaka: Shaka;
  private readonly player: ShakaPlayer;
  private readonly ring: EdgeRing;
  private readonly keeper: GrantKeeper;
  private readonly recovery: Recovery;
  private readonly fetchGrant: () => Promise<StreamGrant>;
  private readonly container: HTMLElement;
  private readonly cleanups: (() => void)[] = [];
  private noticeTimer: ReturnType<typeof setTimeout> | null = null;
  private loadStartedAt = 0;
  private headingFor = 0;
  private firstFrameSeconds: number | null = null;
  private better: StreamGrant | null = null;
  private destroyed = false;

  constructor(options: EngineOptions) {
    this.shaka = options.shaka;
    this.video = options.video;
    this.container = options.container;
    this.fetchGrant = options.fetchGrant;
    this.store = new Store(initialState(options.protocol));
    this.ring = new EdgeRing(options.grant.urls);
    this.player = new this.shaka.Player(null, this.container);
    this.tracks = new TrackDesk(this.player, this.store);
    this.keeper = new GrantKeeper(options.grant, this.fetchGrant, {
      renewed: (grant) => this.ring.update(grant.urls),
      replaced: (grant) => void this.switchRelease(grant),
      completed: (grant) => {
        this.better = grant;
        this.store.set({ betterReady: true });
      },
    });
    this.recovery = new Recovery({
      renew: () => this.keeper.renew(),
      resume: () => this.player.retryStreaming(0.1),
      say: (notice) => this.say(notice),
    });
    this.configure();
    installFilters(this.shaka, this.player, {
      ring: this.ring,
      grant: () => this.keeper.grant,
      edgeChanged: () => {
        this.store.set({ pathway: this.ring.pathway });
        this.say(currentTranslator().t("watch.say-edge"));
      },
    });
    this.listen();
  }

  /** Start: attach to the element and load at `startSeconds`. Failures end up in the state. */
  async start(startSeconds = 0): Promise<void> {
    this.headingFor = startSeconds;
    if (!this.shaka.Player.isBrowserSupported()) {
      this.fail(unsupportedBrowser());
      return;
    }
    const remembered = readPreferences(window.localStorage);
    this.video.volume = remembered.volume;
    this.video.muted = remembered.muted;
    window.__matineePlayer = () => this.snapshot();
    if (startSeconds > 0) this.store.set({ resumedFrom: startSeconds });
    try {
      await this.player.attach(this.video);
      await this.load(startSeconds);
    } catch (error) {
      await this.loadFailed(error, startSeconds);
    }
  }

  async destroy(): Promise<void> {
    this.destroyed = true;
    this.keeper.stop();
    if (this.noticeTimer !== null) clearTimeout(this.noticeTimer);
    this.recovery.stop();
    for (const cleanup of this.cleanups) cleanup();
    delete window.__matineePlayer;
    await this.player.destroy();
  }

  /** The stream that is open now, by the service's name for it. */
  get sessionId(): string {
    return this.keeper.sessionId;
  }

  /** Where the film is, or where it is heading for while it loads; a film that failed stays where it was. */
  get position(): number {
    const { phase } = this.store.get();
    return phase === "loading" || phase === "failed" ? this.headingFor : this.video.currentTime;
  }

  /** How often the service wants to hear that it still plays, ms. */
  get beatMs(): number {
    const seconds = this.keeper.grant.heartbeat_seconds ?? null;
    return seconds === null ? BEAT_MS : seconds * 1000;
  }

  /** Stop for good, for a reason that trying again as before does not lift. */
  async end(failure: PlaybackFailure): Promise<void> {
    this.fail(failure);
    await this.player.unload();
  }

  togglePlay(): void {
    if (this.video.paused) this.play();
    else this.video.pause();
  }

  play(): void {
    if (this.store.get().phase === "ended") this.video.currentTime = 0;
    // A browser that wants a gesture first refuses; the play button is in view then, so nothing is lost.
    this.video.play().catch(() => this.store.set({ paused: true }));
  }

  seek(seconds: number): void {
    const target = clamp(seconds, 0, Math.max(0, this.duration() - 0.05));
    this.video.currentTime = target;
    this.store.set({ currentTime: target, phase: this.store.get().phase === "ended" ? "ready" : this.store.get().phase });
  }

  seekBy(seconds: number): void {
    this.seek(this.video.currentTime + seconds);
  }

  setVolume(volume: number): void {
    this.video.volume = clamp(volume, 0, 1);
    this.video.muted = this.video.volume === 0;
    rememberPreference(window.localStorage, { volume: this.video.volume, muted: this.video.muted });
  }

  toggleMute(): void {
    this.video.muted = !this.video.muted;
    rememberPreference(window.localStorage, { muted: this.video.muted });
  }

  setSpeed(speed: number): void {
    this.store.set({ speed });
    this.video.playbackRate = speed;
  }

  stepSpeed(direction: 1 | -1): void {
    // The element's own rate is 0 while the engine waits for data.
    this.setSpeed(nextSpeed(this.store.get().speed, direction));
  }

  /** Move one frame; only while paused, as frames fly by otherwise. */
  stepFrame(direction: 1 | -1): void {
    if (!this.video.paused) return;
    this.seekBy(direction * this.tracks.frameSeconds);
  }

  toggleSubtitles(): void {
    if (!this.tracks.toggleText()) this.say(currentTranslator().t("watch.say-no-subtitles"));
  }

  /** Try again where it stopped, with a fresh grant. */
  async retry(): Promise<void> {
    const at = this.position;
    this.headingFor = at;
    this.recovery.reset();
    this.store.set({ phase: "loading", failure: null, buffering: true });
    try {
      this.keeper.adopt(await this.fetchGrant());
      this.ring.update(this.keeper.grant.urls);
      await this.load(at);
    } catch (error) {
      this.report(error);
    }
  }

  /** Go on in the other protocol, at the same place. */
  async useProtocol(protocol: Protocol): Promise<void> {
    if (protocol === this.store.get().protocol) return;
    this.store.set({ protocol });
    await this.reload();
  }

  /** Go on in the release that has every quality, at the same place. */
  async useBetter(): Promise<void> {
    if (this.better !== null) await this.switchRelease(this.better);
  }

  snapshot(): Snapshot {
    const stats = this.player.getStats();
    const state = this.store.get();
    return {
      titleId: this.keeper.grant.title_id,
      phase: state.phase,
      currentTime: this.video.currentTime,
      duration: this.duration(),
      paused: this.video.paused,
      decodedFrames: this.video.getVideoPlaybackQuality().totalVideoFrames,
      droppedFrames: this.video.getVideoPlaybackQuality().droppedVideoFrames,
      audioBytesDecoded: this.video.webkitAudioDecodedByteCount ?? 0,
      width: this.video.videoWidth,
      height: this.video.videoHeight,
      bitsPerSecond: Number.isFinite(stats.streamBandwidth) ? stats.streamBandwidth : 0,
      bandwidth: Number.isFinite(stats.estimatedBandwidth) ? stats.estimatedBandwidth : 0,
      bufferSeconds: Math.max(0, state.bufferedEnd - this.video.currentTime),
      stalls: stats.stallsDetected,
      keySystem: this.player.keySystem(),
      protocol: state.protocol,
      manifestType: this.player.getManifestType() ?? "",
      edge: this.ring.pathway,
      timeToFirstFrameSeconds: this.firstFrameSeconds,
      codecs: stats.currentCodecs,
      automatic: state.automatic,
      failureReference: state.failure?.reference ?? null,
    };
  }

  private configure(): void {
    const licence = new URL(this.keeper.grant.licence_url, window.location.origin).href;
    const remembered = readPreferences(window.localStorage);
    this.player.configure({
      drm: {
        servers: { [CLEAR_KEY]: licence, [FORM_KEY_SYSTEM]: licence },
        keySystemsMapping: { [FORM_KEY_SYSTEM]: CLEAR_KEY },
        retryParameters: RETRY,
      },
      manifest: { retryParameters: RETRY },
      // Nothing is fetched ahead of its turn: the library keeps a first word that a seek has given up, and then waits for it for ever.
      streaming: { retryParameters: RETRY, bufferingGoal: 30, rebufferingGoal: 0.5, bufferBehind: 30, segmentPrefetchLimit: 0 },
      abr: { defaultBandwidthEstimate: 2_000_000, switchInterval: 4 },
      ...(remembered.audioLanguage === null ? {} : { preferredAudio: [{ language: remembered.audioLanguage }] }),
    });
  }

  private listen(): void {
    const on = (name: string, react: (event: Event) => void): void => {
      this.player.addEventListener(name, react);
      this.cleanups.push(() => void this.player.removeEventListener(name, react));
    };
    on("error", (event) => this.streamFailed((event as CustomEvent<unknown>).detail));
    on("buffering", (event) => this.store.set({ buffering: (event as Event & { buffering: boolean }).buffering }));
    this.cleanups.push(this.tracks.watch(), watchElement(this.video, this.store));
    const healthy = (): void => this.recovery.reached(this.video.currentTime);
    this.video.addEventListener("timeupdate", healthy);
    this.cleanups.push(() => this.video.removeEventListener("timeupdate", healthy));
  }

  private duration(): number {
    return Number.isFinite(this.video.duration) ? this.video.duration : this.keeper.grant.duration_seconds;
  }

  private async load(startSeconds: number): Promise<void> {
    this.headingFor = startSeconds;
    const { grant } = this.keeper;
    const urls = grant.urls.find((one) => one.pathway === this.ring.pathway) ?? grant.urls[0];
    if (urls === undefined) throw new TypeError("the grant names no edge");
    const { protocol } = this.store.get();
    this.loadStartedAt = performance.now();
    this.firstFrameSeconds = null;
    this.store.set({ phase: "loading", complete: grant.complete, pathway: this.ring.pathway, duration: grant.duration_seconds, markers: grant.markers ?? [] });
    this.video.requestVideoFrameCallback(() => {
      this.firstFrameSeconds ??= (performance.now() - this.loadStartedAt) / 1000;
    });
    await this.player.load(protocol === "dash" ? urls.dash_url : urls.hls_url, startSeconds > 0 ? startSeconds : null);
    if (this.destroyed) return;
    await this.tracks.openText(grant);
    this.tracks.read();
    this.store.set({ phase: "ready", failure: null, betterReady: false });
    void this.loadSprites(grant);
    this.play();
  }

  private async loadSprites(grant: StreamGrant): Promise<void> {
    if (grant.trickplay_url === null) return;
    for (const url of this.ring.candidates(grant.trickplay_url)) {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(8000) });
        if (!response.ok) continue;
        this.store.set({ sprites: parseSpriteIndex(await response.text(), url) });
        return;
      } catch {
        // Thumbnails are a comfort: the next edge may have them, and the film plays without.
      }
    }
  }

  private async reload(): Promise<void> {
    const at = this.position;
    this.headingFor = at;
    this.store.set({ phase: "loading", failure: null });
    try {
      await this.load(at);
    } catch (error) {
      this.report(error);
    }
  }

  private async switchRelease(grant: StreamGrant): Promise<void> {
    this.better = null;
    this.keeper.adopt(grant);
    this.ring.update(grant.urls);
    await this.reload();
  }

  /** A first load may have met an address that ran out between page and player: one fresh grant settles that. */
  private async loadFailed(error: unknown, startSeconds: number): Promise<void> {
    if (!isExpiredAddress(error)) {
      this.report(error);
      return;
    }
    try {
      this.keeper.adopt(await this.fetchGrant());
      this.ring.update(this.keeper.grant.urls);
      await this.load(startSeconds);
    } catch (again) {
      this.report(again);
    }
  }

  /** Every edge failed in mid-play: the buffer still plays, so ask again behind it before giving up. */
  private streamFailed(error: unknown): void {
    if (this.destroyed || isInterruption(error)) return;
    if (this.store.get().phase === "loading" || !this.recovery.after(error, this.video.currentTime)) this.report(error);
  }

  private report(error: unknown): void {
    if (this.destroyed || isInterruption(error)) return;
    this.fail(describeFailure(error));
  }

  private fail(failure: PlaybackFailure): void {
    this.headingFor = this.position;
    this.video.pause();
    this.store.set({ phase: "failed", failure, buffering: false });
  }

  private say(notice: string): void {
    this.store.set({ notice });
    if (this.noticeTimer !== null) clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => this.store.set({ notice: null }), NOTICE_MS);
  }
}
