/** Shaka's tracks as the choices that a menu shows. */

import { currentTranslator } from "@/i18n/store";

import { languageName } from "./language";

export type VideoTrack = { active: boolean; height: number | null; width: number | null; bandwidth: number; codecs: string | null };
export type AudioTrack = { active: boolean; language: string; label: string | null; channelsCount: number | null };
export type TextTrack = { active: boolean; language: string; label: string | null; forced: boolean };

export type Choice<T> = { id: string; label: string; active: boolean; track: T };

function codecName(codecs: string | null): string {
  if (codecs === null) return "";
  if (codecs.startsWith("av01")) return "AV1";
  if (codecs.startsWith("hvc1") || codecs.startsWith("hev1")) return "HEVC";
  return "H.264";
}

function channelsName(channels: number | null): string {
  if (channels === null || channels <= 2) return "";
  return channels === 6 ? " · 5.1" : ` · ${currentTranslator().t("watch.channels", { count: channels })}`;
}

/** Name a picture height the way people do: `1080p`, `4K`. */
export function heightName(height: number | null): string {
  if (height === null) return currentTranslator().t("watch.unknown-height");
  return height >= 2000 ? "4K" : `${height}p`;
}

/** Qualities, best first. The codec is named only where a height comes in several. */
export function videoChoices<T extends VideoTrack>(tracks: readonly T[]): Choice<T>[] {
  const sorted = [...tracks].sort((a, b) => (b.height ?? 0) - (a.height ?? 0) || b.bandwidth - a.bandwidth);
  const codecs = new Set(sorted.map((track) => codecName(track.codecs)));
  return sorted.map((track) => ({
    id: `${track.height ?? 0}-${codecName(track.codecs)}-${track.bandwidth}`,
    label: codecs.size > 1 ? `${heightName(track.height)} · ${codecName(track.codecs)}` : heightName(track.height),
    active: track.active,
    track,
  }));
}

export function audioChoices<T extends AudioTrack>(tracks: readonly T[]): Choice<T>[] {
  return tracks.map((track, index) => ({
    id: `${track.language}-${track.channelsCount ?? 0}-${index}`,
    label: (track.label === null || track.label === "" ? languageName(track.language) : track.label) + channelsName(track.channelsCount),
    active: track.active,
    track,
  }));
}

export function textChoices<T extends TextTrack>(tracks: readonly T[]): Choice<T>[] {
  return tracks.map((track, index) => {
    const name = track.label === null || track.label === "" ? languageName(track.language) : track.label;
    return { id: `${track.language}-${index}`, label: track.forced ? currentTranslator().t("watch.forced", { name }) : name, active: track.active, track };
  });
}
