import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, until, visit, visitHouse, type Visit } from "./browser";
import { makeMedia } from "./media";
import type { Mock } from "./mock/server";

const media = makeMedia();
let browser: Browser;
let mock: Mock;
let open: Visit;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(media);
});
afterEach(async () => {
  await open.close();
  await mock.close();
});

function refuse(status: number, code: string, title: string): void {
  mock.streams.refusal = { status, body: { code, status, title, detail: "Not like this." } };
}

describe("a refusal to play leads on", () => {
  it("to signing in, and back to the film", async () => {
    refuse(401, "sign-in-needed", "For members");
    open = await visit(browser, `${mock.origin}/watch/t-tide`);
    const { page } = open;
    await page.getByTestId("player-failure").getByText("For members").waitFor();
    await expectAccessible(page, "for members");
    expect(await page.getByRole("link", { name: "Sign in" }).getAttribute("href")).toBe("/sign-in?return_to=%2Fwatch%2Ft-tide");
  });

  it.each([
    ["not-entitled", "Choose a plan", "/account/plan"],
    ["maturity", "Change who’s watching", "/profiles?return_to=%2Fwatch%2Ft-tide"],
  ])("%s", async (code, name, href) => {
    refuse(403, code, "Not now");
    open = await visitHouse(browser, mock.origin, "/watch/t-tide");
    const { page } = open;
    expect(await page.getByRole("link", { name }).getAttribute("href")).toBe(href);
    await expectAccessible(page, code);
  });
});

describe.skipIf(media === null)("a stream (needs ffmpeg and Shaka Packager)", () => {
  it("is kept by its beats, and given back with the page", async () => {
    open = await visitHouse(browser, mock.origin, "/watch/t-tide");
    await expect.poll(() => mock.streams.beats.length, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(mock.streams.beats.at(-1)).toMatchObject({ session_id: "s-1", movie_id: "t-tide" });
    await open.page.getByRole("link", { name: "Back to the title" }).first().click();
    await expect.poll(() => mock.streams.given, { timeout: 10_000 }).toContain("s-1");
  });

  it("stops when it was ended elsewhere, says why, and goes on when asked to", async () => {
    open = await visitHouse(browser, mock.origin, "/watch/t-tide");
    const { page } = open;
    await expect.poll(() => mock.streams.beats.length, { timeout: 20_000 }).toBeGreaterThan(0);
    mock.streams.ended = "staff";
    await page.getByTestId("player-failure").getByText("This stream was ended.").waitFor({ timeout: 15_000 });
    await until(page, () => document.querySelector("video")?.paused === true);
    await expectAccessible(page, "ended elsewhere");
    mock.streams.ended = null;
    await page.getByRole("button", { name: "Watch here again" }).click();
    await page.getByTestId("player-failure").waitFor({ state: "detached" });
    const seen = mock.streams.beats.length;
    await expect.poll(() => mock.streams.beats.length, { timeout: 15_000 }).toBeGreaterThan(seen);
  });
});
