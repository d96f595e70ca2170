import { describe, expect, it } from "vitest";

import { currentTranslator } from "@/i18n";

import { languageName } from "./language";
import { readPreferences, rememberPreference } from "./preferences";
import { initialState, Store } from "./state";
import { clamp, clockText, spokenText } from "./time";
import { audioChoices, heightName, textChoices, videoChoices } from "./tracks";

function storage(first: Record<string, string> = {}) {
  const held = new Map(Object.entries(first));
  return { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => void held.set(key, value) };
}

describe("time", () => {
  it.each([
    [0, "0:00"],
    [187, "3:07"],
    [3729, "1:02:09"],
    [23.999_999, "0:24"],
    [Number.NaN, "0:00"],
    [-5, "0:00"],
  ])("writes %d as %s", (seconds, text) => expect(clockText(seconds)).toBe(text));

  it("says times aloud", () => {
    expect(spokenText(3661, currentTranslator())).toBe("1 hour 1 minute 1 second");
    expect(spokenText(0, currentTranslator())).toBe("0 seconds");
    expect(spokenText(120, currentTranslator())).toBe("2 minutes");
  });

  it("clamps", () => expect([clamp(-1, 0, 1), clamp(0.5, 0, 1), clamp(9, 0, 1)]).toEqual([0, 0.5, 1]));
});

describe("preferences", () => {
  it("remembers a change and keeps the rest", () => {
    const place = storage();
    rememberPreference(place, { volume: 0.4 });
    rememberPreference(place, { characterShortcuts: "off" });
    expect(readPreferences(place)).toMatchObject({ volume: 0.4, characterShortcuts: "off", muted: false });
  });

  it.each(["", "null", "[]", "{", '{"volume":7,"muted":"yes","audioLanguage":3}'])("is not upset by %j", (text) => {
    expect(readPreferences(storage({ "matinee.player": text }))).toMatchObject({ volume: 1, muted: false, audioLanguage: null });
  });

  it("lives with a storage that refuses", () => {
    const place = { getItem: () => null, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
    expect(() => rememberPreference(place, { muted: true })).not.toThrow();
  });
});

describe("tracks", () => {
  const video = (height: number, codecs: string, bandwidth = height * 1000) => ({ active: false, height, width: null, bandwidth, codecs });

  it("orders qualities best first and names the codec only where there are several", () => {
    expect(videoChoices([video(360, "avc1.4d"), video(1080, "avc1.4d")]).map((choice) => choice.label)).toEqual(["1080p", "360p"]);
    expect(videoChoices([video(720, "avc1.4d"), video(720, "av01.0", 5)]).map((choice) => choice.label)).toEqual(["720p · H.264", "720p · AV1"]);
  });

  it("gives every choice an id of its own", () => {
    const ids = [...videoChoices([video(720, "avc1", 1), video(720, "avc1", 2)]), ...audioChoices([audio("en"), audio("en")])].map((choice) => choice.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  const audio = (language: string, label: string | null = null, channelsCount: number | null = 2) => ({ active: false, language, label, channelsCount });

  it("names sound by label, else by language, and says 5.1", () => {
    expect(audioChoices([audio("de"), audio("en", "Director"), audio("fr", null, 6)]).map((choice) => choice.label)).toEqual(["German", "Director", "French · 5.1"]);
  });

  it("marks forced subtitles", () => {
    expect(textChoices([{ active: true, language: "en", label: "", forced: true }])[0]?.label).toBe("English (forced)");
  });

  it("names heights and languages", () => {
    expect([heightName(2160), heightName(720), heightName(null)]).toEqual(["4K", "720p", "Unknown"]);
    expect([languageName("und"), languageName(""), languageName("pt-BR"), languageName("!"), languageName("zxx")]).toEqual(["Unknown language", "Unknown language", "Brazilian Portuguese", "!", "No spoken words"]);
  });
});

describe("Store", () => {
  it("tells listeners of changes only, with a new snapshot each time", () => {
    const store = new Store(initialState("dash"));
    let told = 0;
    const stop = store.subscribe(() => (told += 1));
    const before = store.get();
    store.set({ paused: true });
    expect(told).toBe(0);
    store.set({ paused: false });
    expect(told).toBe(1);
    expect(store.get()).not.toBe(before);
    expect(before.paused).toBe(true);
    stop();
    store.set({ paused: true });
    expect(told).toBe(1);
  });
});
