import type { Translator } from "@/i18n/translator";

/** A film of 23.999999 s is one of 24 s to everybody but the container's time scale. */
const TIME_SCALE_SLACK_SECONDS = 0.05;

function wholeSeconds(seconds: number): number {
  return Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds + TIME_SCALE_SLACK_SECONDS : 0));
}

/** Write seconds as a clock: `3:07`, `1:02:09`. */
export function clockText(seconds: number): string {
  const whole = wholeSeconds(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Write seconds the way they are said aloud: `1 hour 2 minutes 9 seconds`. */
export function spokenText(seconds: number, speech: Pick<Translator, "number" | "locale">): string {
  const whole = wholeSeconds(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const told = parts.filter(([n]) => n > 0);
  const said = (told.length === 0 ? ([[0, "second"]] as [number, string][]) : told).map(([n, unit]) => speech.number(n, { style: "unit", unit, unitDisplay: "long" }));
  return new Intl.ListFormat(speech.locale, { type: "unit", style: "narrow" }).format(said);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
