import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, until, visitHouse, WIDTHS, type Visit } from "./browser";
import { makeMedia } from "./media";
import type { Mock } from "./mock/server";

/** Going on where one stopped, skipping, the next episode, and being asked whether one is still there. */

const media = makeMedia();
let browser: Browser;
let mock: Mock;
let open: Visit | null = null;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(media);
});
afterEach(async () => {
  await open?.close();
  open = null;
  await mock.close();
});

type Figures = { titleId: string; phase: string; currentTime: number; paused: boolean };

async function watch(path: string, size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visitHouse(browser, mock.origin, path, size);
  return open.page;
}

function now(page: Page): Promise<Figures | undefined> {
  return page.evaluate(() => (window as unknown as { __matineePlayer?: () => Figures }).__matineePlayer?.());
}

async function playing(page: Page, beyond = 0.2, titleId: string | null = null): Promise<Figures> {
  const handle = await page.waitForFunction(
    ([seconds, title]) => {
      const figures = (window as unknown as { __matineePlayer?: () => Figures }).__matineePlayer?.();
      return figures?.phase === "ready" && figures.currentTime > seconds && (title === null || figures.titleId === title) ? figures : null;
    },
    [beyond, titleId] as const,
    { timeout: 25_000 },
  );
  const figures = await handle.jsonValue();
  if (figures === null) throw new Error("the player went away");
  return figures;
}

async function jump(page: Page, seconds: number): Promise<void> {
  await page.evaluate((to) => {
    const video = document.querySelector("video");
    if (video !== null) video.currentTime = to;
  }, seconds);
}

function lastBeat(): Record<string, unknown> | undefined {
  return mock.streams.beats.at(-1);
}

function habits(change: Record<string, unknown>): void {
  const ada = mock.identity.people[0]?.profiles[0];
  if (ada !== undefined) Object.assign(ada, change);
}

describe.skipIf(media === null)("taking up again (needs ffmpeg and Shaka Packager)", () => {
  it("starts within a second of where it was stopped, says so, and never reports anything earlier", async () => {
    mock.viewing.watch("p-ada", "t-tide", 13.4, Date.now() - 60_000);
    const page = await watch("/watch/t-tide");
    const first = await playing(page);
    expect(first.currentTime).toBeGreaterThan(12.4);
    expect(first.currentTime).toBeLessThan(15);
    await page.getByText("Taken up again at 0:13.").waitFor();
    // It goes by itself, but not from under somebody's focus.
    await page.getByRole("button", { name: "Start over" }).focus();
    await expectAccessible(page, "taken up again");
    expect(mock.streams.beats.every((beat) => Number(beat.position_seconds) >= 12.4)).toBe(true);
    await page.getByRole("button", { name: "Start over" }).click();
    await expect.poll(async () => (await now(page))?.currentTime).toBeLessThan(4);
    await page.getByText("Taken up again at 0:13.").waitFor({ state: "detached" });
  });

  it("starts at the beginning when that is asked for, and only this once", async () => {
    mock.viewing.watch("p-ada", "t-tide", 13.4, Date.now() - 60_000);
    const page = await watch("/watch/t-tide?from=start");
    expect((await playing(page)).currentTime).toBeLessThan(4);
    await page.waitForURL((url) => url.search === "");
    await playing(page, 2);
    await page.keyboard.press("k");
    await expect.poll(() => lastBeat()?.state).toBe("paused");
    const at = Number(lastBeat()?.position_seconds);
    expect(at).toBeGreaterThan(1.9);
    await page.reload();
    const again = await playing(page);
    expect(again.currentTime).toBeGreaterThan(at - 1);
  });

  it("reports at once when paused, moved, hidden and left, with the moment it was true", async () => {
    const page = await watch("/watch/t-tide");
    await playing(page);
    await page.keyboard.press("k");
    await expect.poll(() => lastBeat()?.state, { timeout: 2000 }).toBe("paused");
    await page.keyboard.press("5");
    await expect.poll(() => Number(lastBeat()?.position_seconds), { timeout: 2000 }).toBeCloseTo(12, 0);
    const before = mock.streams.beats.length;
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await expect.poll(() => mock.streams.beats.length, { timeout: 2000 }).toBeGreaterThan(before);
    await jump(page, 7);
    await page.goto("about:blank");
    await expect.poll(() => Number(lastBeat()?.position_seconds), { timeout: 3000 }).toBeCloseTo(7, 0);
    expect(Math.abs(Number(lastBeat()?.event_ms) - Date.now())).toBeLessThan(5000);
    await expect.poll(() => mock.streams.given.length).toBeGreaterThan(0);
  });

  it("keeps its place while offline, over a closed page, and sends it later as of then", async () => {
    const page = await watch("/watch/t-tide");
    await playing(page, 1);
    mock.broken.set("/api/v1/stream/progress", 503);
    await jump(page, 9);
    await page.keyboard.press("k");
    await expect.poll(() => page.evaluate(() => window.localStorage.getItem("matinee.progress") ?? ""), { timeout: 5000 }).toContain('"paused"');
    const at = Date.now();
    await page.goto(`${mock.origin}/favicon.svg`);
    const before = mock.streams.beats.length;
    mock.broken.clear();
    await page.goto(`${mock.origin}/title/t-moss`);
    await expect.poll(() => mock.streams.beats.length, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(lastBeat()?.movie_id).toBe("t-tide");
    expect(Number(lastBeat()?.position_seconds)).toBeCloseTo(9, 0);
    expect(Number(lastBeat()?.event_ms)).toBeLessThan(at + 2000);
    await expect.poll(() => page.evaluate(() => window.localStorage.getItem("matinee.progress"))).toBe("[]");
  });
});

describe.skipIf(media === null)("skipping (needs ffmpeg and Shaka Packager)", () => {
  const INTRO = { kind: "intro", starts_seconds: 1, ends_seconds: 12 } as const;

  it("offers to skip the intro as long as it lasts, by button, by S, and by a remote control's Enter", async () => {
    mock.viewing.markers.set("t-tide", [INTRO]);
    const page = await watch("/watch/t-tide");
    const button = page.getByRole("button", { name: "Skip intro" });
    await button.waitFor({ timeout: 25_000 });
    await expectAccessible(page, "skip intro");
    await button.click();
    expect((await playing(page, 11.9)).currentTime).toBeLessThan(15);
    await button.waitFor({ state: "detached" });
    for (const key of ["s", "Enter"]) {
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await jump(page, 4);
      await button.waitFor();
      await page.keyboard.press(key);
      expect((await playing(page, 11.9)).currentTime).toBeLessThan(15);
      // What the next key is meant for must be offered anew.
      await button.waitFor({ state: "detached" });
    }
  });

  it("skips by itself where that is wanted, and brings it back", async () => {
    habits({ skip_intro: "always" });
    mock.viewing.markers.set("t-tide", [INTRO]);
    const page = await watch("/watch/t-tide");
    await page.getByText("Skipped the intro.").waitFor({ timeout: 25_000 });
    await page.getByRole("button", { name: "Watch it" }).focus();
    await playing(page, 11.9);
    await expectAccessible(page, "skipped the intro");
    await page.getByRole("button", { name: "Watch it" }).click();
    await expect.poll(async () => (await now(page))?.currentTime).toBeLessThan(6);
    await page.getByRole("button", { name: "Skip intro" }).waitFor();
    await page.getByText("Skipped the intro.").waitFor({ state: "detached" });
  });

  it("leaves it alone where that is wanted", async () => {
    habits({ skip_intro: "never" });
    mock.viewing.markers.set("t-tide", [INTRO]);
    const page = await watch("/watch/t-tide");
    await playing(page, 3);
    expect(await page.getByRole("button", { name: "Skip intro" }).count()).toBe(0);
  });
});

describe.skipIf(media === null)("the next episode (needs ffmpeg and Shaka Packager)", () => {
  const CREDITS = { kind: "credits", starts_seconds: 12, ends_seconds: 24 } as const;

  it.each(WIDTHS)("counts down over the credits at %d × %d, and goes on in the same player", async (...size) => {
    mock.viewing.markers.set("t-e11", [CREDITS]);
    const page = await watch("/watch/t-e11", size);
    await playing(page);
    await page.evaluate(() => document.querySelector("video")?.setAttribute("data-same", "yes"));
    await page.evaluate(() => document.querySelector(".player")?.requestFullscreen());
    await jump(page, 12);
    const card = page.getByTestId("up-next");
    await card.getByText("Cue Dots").first().waitFor();
    await expectAccessible(page, "up next");
    await page.waitForURL("**/watch/t-e12", { timeout: 20_000 });
    const first = await playing(page, 0.2, "t-e12");
    expect(first.currentTime).toBeLessThan(4);
    expect(await page.evaluate(() => [document.querySelector("video")?.getAttribute("data-same"), document.fullscreenElement !== null])).toEqual(["yes", true]);
    // The grant was fetched ahead, once: its stream went on, and was not given back.
    expect(mock.seen.stream).toBe(2);
    expect(mock.streams.given).not.toContain("s-2");
    await expect.poll(lastBeat).toMatchObject({ session_id: "s-2", movie_id: "t-e12" });
    const ofNext = mock.streams.beats.filter((beat) => beat.movie_id === "t-e12");
    expect(ofNext.every((beat) => Number(beat.position_seconds) < 8)).toBe(true);
  });

  it("begins at once on Play now and on Shift and N", async () => {
    const page = await watch("/watch/t-e11");
    await playing(page);
    await jump(page, 19);
    await page.getByTestId("up-next").getByRole("button", { name: "Play now" }).click();
    await playing(page, 0.2, "t-e12");
    await page.keyboard.press("Shift+N");
    expect((await playing(page, 0.2, "t-e21")).currentTime).toBeLessThan(4);
  });

  it("lets the credits run for whoever wants them", async () => {
    mock.viewing.markers.set("t-e11", [CREDITS]);
    const page = await watch("/watch/t-e11");
    await playing(page);
    await jump(page, 12);
    await page.getByRole("button", { name: "Watch credits" }).click();
    await page.getByTestId("up-next").waitFor({ state: "detached" });
    await jump(page, 22);
    await page.getByTestId("player-ended").waitFor({ timeout: 25_000 });
    await page.waitForTimeout(6000);
    expect(page.url()).toContain("t-e11");
  });

  it("waits to be asked where a profile wants that", async () => {
    habits({ autoplay_next: false });
    const page = await watch("/watch/t-e11");
    await playing(page);
    await jump(page, 19);
    await page.getByTestId("up-next").waitFor();
    await jump(page, 23);
    await page.getByTestId("player-ended").waitFor({ timeout: 20_000 });
    await page.waitForTimeout(6000);
    expect(page.url()).toContain("t-e11");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/watch/t-e12");
  });

  it("asks who is still there after three episodes, gives the place back, and goes on on Enter", async () => {
    const more = mock.titles.find((title) => title.title_id === "t-e22");
    if (more !== undefined) more.playable = true;
    for (const id of ["t-e11", "t-e12", "t-e21"]) mock.viewing.markers.set(id, [{ ...CREDITS, starts_seconds: 1 }]);
    habits({ skip_credits: "always" });
    const page = await watch("/watch/t-e11");
    const still = page.getByTestId("still-watching");
    await still.getByRole("heading", { name: "Are you still watching Night Shift at the Odeon?" }).waitFor({ timeout: 60_000 });
    expect(page.url()).toContain("t-e21");
    await expectAccessible(page, "still watching");
    await expect.poll(async () => (await now(page))?.paused).toBe(true);
    const last = String(lastBeat()?.session_id);
    await expect.poll(() => mock.streams.given).toContain(last);
    await page.keyboard.press("Enter");
    expect((await playing(page, 0.2, "t-e22")).paused).toBe(false);
  });

  it("suggests something else at the end of a series, and plays again", async () => {
    const page = await watch("/watch/t-e21");
    await playing(page);
    await jump(page, 23);
    const ended = page.getByTestId("player-ended");
    await ended.getByRole("heading", { name: "The end" }).waitFor({ timeout: 20_000 });
    await ended.getByRole("heading", { name: "More like this" }).waitFor();
    await expectAccessible(page, "the end");
    await expect.poll(lastBeat).toMatchObject({ state: "ended" });
    await until(page, () => document.activeElement?.textContent === "Watch again");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await until(page, () => document.activeElement?.getAttribute("href") === "/title/t-neon");
    await page.keyboard.press("ArrowUp");
    await until(page, () => document.activeElement?.textContent === "Watch again");
    await page.keyboard.press("Enter");
    expect((await playing(page)).currentTime).toBeLessThan(6);
  });
});
