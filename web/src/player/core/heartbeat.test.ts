import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { PlaybackFailure } from "./failures";
import { BEAT_MS, Heartbeat, type Beat } from "./heartbeat";

const STOPPED: PlaybackFailure = { title: "Stopped", sentence: "", reference: "stream-ended", retryable: false };

function setUp(report: (beat: Beat) => Promise<void>) {
  const beats: Beat[] = [];
  const given: string[] = [];
  const endings: PlaybackFailure[] = [];
  const now = { session: "s-1", position: 0 };
  const heart = new Heartbeat(
    {
      report: (beat) => {
        beats.push(beat);
        return report(beat);
      },
      end: (id) => {
        given.push(id);
        return Promise.resolve();
      },
      endingOf: (error) => (error === "ended" ? STOPPED : null),
    },
    () => ({ session_id: now.session, movie_id: "t", position_seconds: now.position, state: "playing" }),
    (failure) => endings.push(failure),
  );
  return { heart, beats, given, endings, now };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Heartbeat", () => {
  it("beats at once and every four seconds, and gives the stream back once", async () => {
    const { heart, beats, given } = setUp(() => Promise.resolve());
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 2);
    expect(beats).toHaveLength(3);
    heart.stop();
    heart.stop();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 2);
    expect(beats).toHaveLength(3);
    expect(given).toEqual(["s-1"]);
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

  it("gives the former stream back when the grant becomes another", async () => {
    const { heart, given, now } = setUp(() => Promise.resolve());
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    now.session = "s-2";
    await vi.advanceTimersByTimeAsync(BEAT_MS);
    expect(given).toEqual(["s-1"]);
    heart.stop();
    expect(given).toEqual(["s-1", "s-2"]);
  });

  it("never lets beats pile up behind a slow answer", async () => {
    const { heart, beats } = setUp(() => new Promise(() => undefined));
    heart.start();
    await vi.advanceTimersByTimeAsync(BEAT_MS * 5);
    expect(beats).toHaveLength(1);
    heart.stop();
  });
});
