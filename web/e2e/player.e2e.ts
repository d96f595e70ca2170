import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, until, visit, visitHouse, WIDTHS, type Visit } from "./browser";
import { makeMedia } from "./media";
import type { Mock } from "./mock/server";

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

type Figures = { phase: string; currentTime: number; decodedFrames: number; audioBytesDecoded: number; height: number; keySystem: string; protocol: string; edge: string; manifestType: string; paused: boolean; timeToFirstFrameSeconds: number | null };

function figures(page: Page): Promise<Figures> {
  return page.evaluate(() => (window as unknown as { __matineePlayer: () => Figures }).__matineePlayer());
}

async function watch(path = "/watch/t-tide", size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visit(browser, mock.origin + path, size);
  return open.page;
}

async function playing(page: Page, beyond = 0.5): Promise<Figures> {
  await page.waitForFunction((seconds) => ((window as unknown as { __matineePlayer?: () => Figures }).__matineePlayer?.().currentTime ?? 0) > seconds, beyond, { timeout: 25_000 });
  return figures(page);
}

describe.skipIf(media === null)("the player (needs ffmpeg and Shaka Packager)", () => {
  it.each(["dash", "hls"])("plays %s with Clear Key: picture, sound, one licence", async (protocol) => {
    const page = await watch(`/watch/t-tide?protocol=${protocol}`);
    const first = await playing(page);
    const later = await playing(page, first.currentTime + 1);
    expect(later).toMatchObject({ phase: "ready", protocol, manifestType: protocol.toUpperCase(), keySystem: "org.w3.clearkey", edge: "edge-1" });
    expect(later.decodedFrames).toBeGreaterThan(first.decodedFrames);
    expect(later.audioBytesDecoded).toBeGreaterThan(first.audioBytesDecoded);
    expect(later.timeToFirstFrameSeconds).not.toBeNull();
    expect(mock.seen.licences).toBe(1);
    expect(open?.problems).toEqual([]);
  });

  it("starts on the second edge when the first is down", async () => {
    await mock.edges[0]?.stop();
    const page = await watch();
    expect((await playing(page)).edge).toBe("edge-2");
  });

  it("moves to the second edge in mid-play, at the same place", async () => {
    const page = await watch();
    await playing(page);
    await mock.edges[0]?.stop();
    await page.getByRole("slider", { name: "Seek" }).focus();
    await page.keyboard.press("PageDown");
    // The whole film fits the buffer: another quality makes the player fetch again.
    await page.getByTestId("menu-quality").click();
    await page.getByRole("menuitemradio", { name: "240p" }).click();
    await until(page, () => (window as unknown as { __matineePlayer: () => Figures }).__matineePlayer().edge === "edge-2");
    await until(page, () => (window as unknown as { __matineePlayer: () => Figures }).__matineePlayer().height === 240, 30);
    expect(await page.getByTestId("player-failure").count()).toBe(0);
  });

  it("plays on after a seek while another quality has only begun to come", async () => {
    const page = await watch();
    await playing(page);
    const begun: string[] = [];
    // The first word of the other quality stays on its way until the seek has given it up; asked for again, it comes.
    await page.route("**/video/h264_240p/init.mp4", (route) => (begun.push(route.request().url()) === 1 ? undefined : route.continue()));
    await page.getByTestId("menu-quality").click();
    await page.getByRole("menuitemradio", { name: "240p" }).click();
    await expect.poll(() => begun.length, { timeout: 10_000 }).toBe(1);
    await page.evaluate(() => {
      const video = document.querySelector("video");
      if (video !== null) video.currentTime = 16;
    });
    expect(await playing(page, 17)).toMatchObject({ phase: "ready", height: 240 });
  });

  it("says what failed when every edge is down, and plays after retry", async () => {
    await Promise.all(mock.edges.map((edge) => edge.stop()));
    const page = await watch();
    await page.getByTestId("player-failure").waitFor({ timeout: 40_000 });
    await expectAccessible(page, "failed player");
    await Promise.all(mock.edges.map((edge) => edge.start()));
    await page.getByRole("button", { name: "Try again" }).click();
    await playing(page);
    expect(await page.getByTestId("player-failure").count()).toBe(0);
  });

  it("says that a film is not there yet in the service's own words", async () => {
    const page = await watch("/watch/t-arriving");
    await page.getByRole("heading", { name: "Nothing to play yet" }).waitFor();
    await page.getByText("This film is still being made ready.").waitFor();
  });

  it("renews the grant before it ends and uses the new licence token", async () => {
    mock.grant.lifetimeSeconds = 23;
    const page = await watch();
    await playing(page);
    mock.grant.lifetimeSeconds = 3600;
    await expect.poll(() => mock.seen.stream, { timeout: 15_000 }).toBe(2);
    const before = await figures(page);
    expect((await playing(page, before.currentTime + 1)).phase).toBe("ready");
  });

  it("tells that better quality is coming, and switches to it at the same place", async () => {
    mock.grant.complete = false;
    const page = await watch();
    await page.getByText("Better quality is on its way.").waitFor({ timeout: 15_000 });
    await playing(page, 1);
    mock.grant.complete = true;
    const button = page.getByRole("button", { name: "Switch now" });
    await button.waitFor({ timeout: 20_000 });
    const before = await figures(page);
    await button.click();
    const after = await playing(page, before.currentTime);
    expect(after.currentTime).toBeLessThan(before.currentTime + 8);
    await page.getByText("Better quality").waitFor({ state: "detached" });
  });

  it("is steered by keys, and leaves letters alone once they are switched off", async () => {
    const page = await watch();
    await playing(page);
    await page.keyboard.press("k");
    await until(page, () => document.querySelector("video")?.paused === true);
    await page.keyboard.press("5");
    await until(page, () => Math.abs((document.querySelector("video")?.currentTime ?? 0) - 12) < 0.2);
    await page.keyboard.press("j");
    await until(page, () => Math.abs((document.querySelector("video")?.currentTime ?? 0) - 2) < 0.2);
    await page.keyboard.press(".");
    await until(page, () => Math.abs((document.querySelector("video")?.currentTime ?? 0) - 2 - 1 / 24) < 0.02);
    await page.keyboard.press("m");
    await until(page, () => document.querySelector("video")?.muted === true);
    await page.keyboard.press(">");
    await until(page, () => document.querySelector("video")?.playbackRate === 1.25);
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    await expectAccessible(page, "help sheet");
    await page.getByRole("switch", { name: "Letter, digit and sign keys" }).uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Keys" }).waitFor({ state: "detached" });
    await page.keyboard.press("0");
    await page.keyboard.press("ArrowRight");
    await until(page, () => Math.abs((document.querySelector("video")?.currentTime ?? 0) - 7) < 0.2);
    await page.reload();
    await playing(page);
    await page.keyboard.press("k");
    await page.keyboard.press("Home");
    expect((await playing(page, 0)).paused).toBe(false);
  });

  it("reaches every control with a remote control, and its menus", async () => {
    const page = await watch("/watch/t-tide", WIDTHS[2]);
    await playing(page);
    await page.keyboard.press("Enter");
    await until(page, () => document.activeElement?.getAttribute("aria-label") === "Pause");
    await page.keyboard.press("ArrowRight");
    await until(page, () => document.activeElement?.getAttribute("aria-label") === "Back 10 seconds");
    await page.keyboard.press("ArrowUp");
    await until(page, () => document.activeElement?.getAttribute("aria-label") === "Seek");
    await page.keyboard.press("ArrowDown");
    await until(page, () => document.activeElement?.hasAttribute("data-play") === true);
    await page.getByTestId("menu-quality").focus();
    await page.keyboard.press("Enter");
    await until(page, () => document.activeElement?.getAttribute("role") === "menuitemradio");
    await until(page, () => /^Auto · \d+p$/.test(document.activeElement?.textContent ?? ""));
    await page.keyboard.press("End");
    await until(page, () => document.activeElement?.textContent === "240p");
    await page.keyboard.press("Enter");
    await until(page, () => document.activeElement?.getAttribute("aria-label") === "Quality: 240p");
  });

  it("shows thumbnails on the seek bar by mouse and by focus", async () => {
    const page = await watch();
    await playing(page);
    const box = await page.locator(".seek").boundingBox();
    if (box === null) throw new Error("no seek bar");
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.getByTestId("seek-preview").getByText("0:12").waitFor();
    await page.locator('.seek-thumb img[src*="/trickplay/sprite-001.jpg"]').waitFor();
    await page.mouse.move(10, 10);
    await page.getByTestId("seek-preview").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowUp");
    await page.getByTestId("seek-preview").waitFor();
  });

  it("draws subtitles when asked, and changes the sound track", async () => {
    const page = await watch();
    await playing(page);
    await page.keyboard.press("c");
    await page.getByText("The lights go down.").waitFor();
    await page.mouse.move(300, 300);
    await page.getByTestId("menu-audio").click();
    await page.getByRole("menuitemradio", { name: /German|Deutsch/ }).click();
    await page.getByTestId("menu-audio").click();
    await page.getByRole("menuitemradio", { name: /German|Deutsch/, checked: true }).waitFor();
  });

  it("changes protocol from the statistics without losing the place", async () => {
    const page = await watch();
    const before = await playing(page, 2);
    await page.keyboard.press("d");
    const panel = page.getByTestId("statistics");
    await panel.getByText("org.w3.clearkey").waitFor();
    await expectAccessible(page, "statistics");
    await panel.getByRole("button", { name: "HLS" }).click();
    await until(page, () => (window as unknown as { __matineePlayer: () => Figures }).__matineePlayer().manifestType === "HLS");
    expect((await playing(page, before.currentTime)).currentTime).toBeLessThan(before.currentTime + 10);
  });

  it("offers the next episode at the end", async () => {
    const ada = mock.identity.people[0]?.profiles[0];
    if (ada !== undefined) ada.autoplay_next = false;
    open = await visitHouse(browser, mock.origin, "/watch/t-e11");
    const { page } = open;
    await playing(page);
    await page.getByRole("link", { name: "Next episode: Cue Dots" }).waitFor();
    await page.keyboard.press("End");
    const ended = page.getByTestId("player-ended");
    await ended.getByRole("heading", { name: "Cue Dots" }).waitFor({ timeout: 20_000 });
    await expectAccessible(page, "end of an episode");
    await ended.getByRole("button", { name: "Play now" }).click();
    await page.waitForURL("**/watch/t-e12");
  });

  it.each(WIDTHS)("is accessible and fits at %d × %d", async (...size) => {
    const page = await watch("/watch/t-tide", size);
    await playing(page);
    await page.mouse.move(size[0] / 2, size[1] / 2);
    await expectAccessible(page, "player");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });

  it("hides its controls while playing undisturbed and shows them on any key", async () => {
    const page = await watch();
    await playing(page);
    await page.mouse.move(400, 300);
    await page.locator(".player-idle").waitFor({ timeout: 12_000 });
    await page.keyboard.press("Shift");
    await page.locator(".player-idle").waitFor({ state: "detached" });
  });
});
