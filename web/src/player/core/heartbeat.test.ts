import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { PlaybackFailure } from "./failures";
import { BEAT_MS, Heartbeat, type Beat, type Haste } from "./heartbeat";

const STOPPED: PlaybackFailure = { title: "Stopped", sentence: "", reference: "stream-ended", retryable: false };

function setUp(report: (beat: Beat) => Promise<void>, settling?: () => Promise<void> | null) {
  const beats: Beat[] = [];
  const hastes: Haste[] = [];
  const given: string[] = [];
  const endings: PlaybackFailure[] = [];
  const now = { session: "s-1", position: 0 };
  const heart = new Heartbeat(
    {
      report: (beat, haste) => {
        beats.push(beat);
        hastes.push(haste);
        return report(beat);
      },
      end: (id) => {
        given.push(id);
        return Promise.resolve();
      },
      endingOf: (error) => (error === "ended" || (error instanceof Error && error.message === "ended") ? STOPPED : null),
    },
    () => ({ session_id: now.session, movie_id: "t", position_seconds: now.position, state: "playing", event_ms: Date.now() }),
    (failure) => endings.push(failure),
    settling,
  );
  return { heart, beats, hastes, given, endings, now };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Heartbeat", () => {
  it("goes on with a stream that took its place before it was heard of, and ends when there is none after all", async () => {
    let known: () => void = () => undefined;
    const coming = { now: null as Promise<void> | null };
    const { heart, beats, endings, now } = setUp((beat) => (beat.session_id === "s-1" ? Promise.reject(new Error("ended")) : Promise.resolve()), () => coming.now);
    coming.now = new Promise<void>((resolve) => (known = resolve));
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    expect(endings).toEqual([]);
    now.session = "s-2";
    coming.now = null;
    known();
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    expect([endings, beats.at(-1)?.session_id]).toEqual([[], "s-2"]);
    now.session = "s-1";
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    expect(endings).toEqual([STOPPED]);
  });

  it("beats at once and every four seconds, and says a last word before the stream is given back, once", async () => {
    const { heart, beats, hastes, given, now } = setUp(() => Promise.resolve());
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 2);
    expect(beats).toHaveLength(3);
    now.position = 9;
    heart.stop();
    expect(given).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    heart.stop();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 2);
    expect(beats.map((beat) => beat.position_seconds)).toEqual([0, 0, 0, 9]);
    expect(hastes).toEqual(["staying", "staying", "staying", "leaving"]);
    expect(given).toEqual(["s-1"]);
  });

  it("never waits longer than four seconds, whatever it is told", async () => {
    const { heart, beats } = setUp(() => Promise.resolve());
    heart.start(20_000);
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    expect(beats).toHaveLength(2);
    heart.stop();
  });

  it("sends last word and farewell together when the page closes, as no answer comes any more", () => {
    const { heart, beats, given } = setUp(() => new Promise(() => undefined));
    heart.start();
    heart.stop("page-closes");
    expect(beats).toHaveLength(2);
    expect(given).toEqual(["s-1"]);
  });

  it("keeps the place for the next film where there is one", async () => {
    const { heart, beats, given } = setUp(() => Promise.resolve());
    heart.start();
    heart.stop("hand-over");
    await vi.advanceTimersByTimeAsync(0);
    expect(beats).toHaveLength(2);
    expect(given).toEqual([]);
  });

  it("tells of changes at once, and of those during an answer right after it", async () => {
    const answers: (() => void)[] = [];
    const { heart, beats, now } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    heart.start();
    heart.tell();
    now.position = 5;
    heart.tell();
    expect(beats).toHaveLength(1);
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(beats.map((beat) => beat.position_seconds)).toEqual([0, 5]);
    heart.tell("leaving");
    expect(beats).toHaveLength(3);
    heart.pause();
    heart.tell();
    expect(beats).toHaveLength(3);
  });

  it("goes on after a failure that passes", async () => {
    const { heart, beats, endings } = setUp(() => Promise.reject(new Error("offline")));
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    expect(beats).toHaveLength(2);
    expect(endings).toEqual([]);
    heart.stop();
  });

  it("stops when the stream was ended elsewhere, and does not give back what is not its own", async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a refusal is does not matter here
    const { heart, beats, given, endings } = setUp(() => Promise.reject("ended"));
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 3);
    heart.stop();
    expect(beats).toHaveLength(1);
    expect(endings).toEqual([STOPPED]);
    expect(given).toEqual([]);
  });

  it("gives the former stream back when the grant becomes another, and takes no refusal of it for its own", async () => {
    const refusals: ((error: unknown) => void)[] = [];
    const { heart, given, endings, now } = setUp((beat) => (beat.session_id === "s-1" ? new Promise((_, reject) => refusals.push(reject)) : Promise.resolve()));
    heart.start();
    now.session = "s-2";
    heart.tell("leaving");
    expect(given).toEqual(["s-1"]);
    refusals[0]?.("ended");
    await vi.advanceTimersByTimeAsync(0);
    expect(endings).toEqual([]);
    heart.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(given).toEqual(["s-1", "s-2"]);
  });

  it("never lets beats pile up behind a slow answer", async () => {
    const { heart, beats } = setUp(() => new Promise(() => undefined));
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 5);
    expect(beats).toHaveLength(1);
    heart.pause();
  });
});
