import type { Marker } from "@/api/types";

import type { PlaybackFailure } from "./failures";
import type { AudioTrack, Choice, TextTrack, VideoTrack } from "./tracks";
import type { Sprite } from "./sprites";

export type Protocol = "dash" | "hls";
export type Phase = "loading" | "ready" | "ended" | "failed";

export type PlayerState = {
  phase: Phase;
  failure: PlaybackFailure | null;
  paused: boolean;
  buffering: boolean;
  currentTime: number;
  duration: number;
  bufferedEnd: number;
  volume: number;
  muted: boolean;
  speed: number;
  qualities: readonly Choice<VideoTrack>[];
  automatic: boolean;
  activeHeight: number | null;
  audio: readonly Choice<AudioTrack>[];
  text: readonly Choice<TextTrack>[];
  sprites: readonly Sprite[];
  protocol: Protocol;
  pathway: string;
  complete: boolean;
  /** A release with every quality is there; switching to it is the viewer's choice. */
  betterReady: boolean;
  /** Parts that somebody may want to skip. */
  markers: readonly Marker[];
  /** Where playing was taken up again; null when it began at the beginning. */
  resumedFrom: number | null;
  /** A passing remark, such as a change of edge. */
  notice: string | null;
};

export function initialState(protocol: Protocol): PlayerState {
  return {
    phase: "loading",
    failure: null,
    paused: true,
    buffering: true,
    currentTime: 0,
    duration: 0,
    bufferedEnd: 0,
    volume: 1,
    muted: false,
    speed: 1,
    qualities: [],
    automatic: true,
    activeHeight: null,
    audio: [],
    text: [],
    sprites: [],
    protocol,
    pathway: "",
    complete: true,
    betterReady: false,
    markers: [],
    resumedFrom: null,
    notice: null,
  };
}

/** The figures behind the picture, for the statistics overlay and for tests. */
export type Snapshot = {
  titleId: string;
  phase: Phase;
  currentTime: number;
  duration: number;
  paused: boolean;
  decodedFrames: number;
  droppedFrames: number;
  audioBytesDecoded: number;
  width: number;
  height: number;
  bitsPerSecond: number;
  bandwidth: number;
  bufferSeconds: number;
  stalls: number;
  keySystem: string;
  protocol: Protocol;
  manifestType: string;
  edge: string;
  timeToFirstFrameSeconds: number | null;
  codecs: string;
  automatic: boolean;
  failureReference: string | null;
};

/** A value with listeners; snapshots are replaced, never changed. */
export class Store<T extends object> {
  private readonly listeners = new Set<() => void>();
  private value: T;

  constructor(first: T) {
    this.value = first;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  readonly get = (): T => this.value;

  /** Take over what differs; nobody is told when nothing does. */
  set(change: Partial<T>): void {
    const entries = Object.entries(change) as [keyof T, T[keyof T]][];
    if (entries.every(([key, next]) => Object.is(this.value[key], next))) return;
    this.value = { ...this.value, ...change };
    for (const listener of this.listeners) listener();
  }
}
