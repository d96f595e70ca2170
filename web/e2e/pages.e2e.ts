import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { enterStudio, expectAccessible, openBrowser, openMock, settled, until, visit, visitHouse, WIDTHS } from "./browser";
import { OPERATOR_KEY, type Mock } from "./mock/server";

let browser: Browser;
let mock: Mock;

beforeAll(async () => {
  [browser, mock] = await Promise.all([openBrowser(), openMock(null)]);
});
afterAll(async () => {
  await browser.close();
  await mock.close();
});

const OPEN: [name: string, path: string, heading: string][] = [
  ["front", "/", "The lights go down when you sit down"],
  ["film", "/title/t-tide", "The Tide Keeper"],
  ["arriving film", "/title/t-arriving", "The Long Way to the Sea"],
  ["series", "/title/t-series", "Night Shift at the Odeon"],
  ["unknown title", "/title/t-none", "That title is not in the programme"],
  ["unknown page", "/nowhere", "Nothing is showing here"],
  ["sign in", "/studio", "Studio"],
];
const STUDIO: [name: string, path: string, heading: string][] = [
  ["work", "/studio", "Studio"],
  ["running job", "/studio/jobs/j-running", "the long way to the sea — final (2).mp4"],
  ["failed job", "/studio/jobs/j-failed", "ember.road.mkv"],
  ["refused job", "/studio/jobs/j-refused", "notes.txt"],
  ["titles", "/studio/titles", "Titles"],
  ["editor", "/studio/titles/t-tide", "The Tide Keeper"],
];

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it.each(OPEN)("%s is accessible and fits", async (name, path, heading) => {
    const { page, problems, close } = await visit(browser, mock.origin + path, size);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await settled(page);
    await expectAccessible(page, name);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await close();
  });

  it("every studio page is accessible and fits", async () => {
    const { page, problems, close } = await visit(browser, `${mock.origin}/studio`, size);
    await enterStudio(page, OPERATOR_KEY);
    for (const [name, path, heading] of STUDIO) {
      await page.goto(mock.origin + path);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      await page.getByText("Live", { exact: true }).waitFor();
      await expectAccessible(page, name);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), name).toBeLessThanOrEqual(0);
    }
    expect(problems).toEqual([]);
    await close();
  });
});

describe("by keyboard and remote control", () => {
  it("skips to the content, and reaches a film and plays it with Tab and Enter alone", async () => {
    const { page, close } = await visitHouse(browser, mock.origin);
    // The page that is still loading has a heading too; the one that has come has something to play.
    await page.getByRole("link", { name: /Play/ }).first().waitFor();
    await page.keyboard.press("Tab");
    await until(page, () => document.activeElement?.textContent === "Skip to content");
    await page.keyboard.press("Enter");
    await until(page, () => document.activeElement?.id === "main");
    await page.keyboard.press("Tab");
    await until(page, () => document.activeElement?.matches("a") === true && document.activeElement.textContent.includes("Play"));
    await page.keyboard.press("Enter");
    await page.waitForURL("**/watch/t-tide");
    await close();
  });

  it("walks along a row and between rows with the arrow keys, and always shows where it is", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/", WIDTHS[2]);
    // The page that is still loading has a heading too; the one that has come has something to play.
    await page.getByRole("link", { name: /Play/ }).first().waitFor();
    const focused = () =>
      page.evaluate(() => {
        const box = document.activeElement?.getBoundingClientRect();
        const inside = box !== undefined && box.top >= 0 && box.bottom <= window.innerHeight && box.left >= 0 && box.right <= window.innerWidth;
        return { name: document.activeElement?.textContent ?? "", row: document.activeElement?.closest("section")?.querySelector("h2")?.textContent ?? null, inside };
      });
    await page.keyboard.press("ArrowDown");
    await expect.poll(async () => (await focused()).name).toContain("Play");
    await page.keyboard.press("ArrowDown");
    await expect.poll(async () => (await focused()).row).toBe("New here");
    const first = await focused();
    for (let step = 0; step < 7; step += 1) await page.keyboard.press("ArrowRight");
    await until(page, () => document.activeElement?.closest("li")?.getAttribute("aria-posinset") === "8");
    const seventh = await focused();
    expect(seventh.row).toBe("New here");
    expect(seventh.name).not.toBe(first.name);
    expect(seventh.inside).toBe(true);
    await page.keyboard.press("ArrowDown");
    await expect.poll(async () => (await focused()).row).toBe("Top 10 today");
    await page.keyboard.press("ArrowUp");
    await expect.poll(async () => (await focused()).row).toBe("New here");
    await close();
  });

  it("keeps a card that Tab reached whole on a small screen", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/", WIDTHS[0]);
    await page.getByRole("link", { name: /More info about/ }).focus();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("Tab");
    await until(page, () => {
      const box = document.activeElement?.getBoundingClientRect();
      return document.activeElement?.matches(".card") === true && box !== undefined && box.left >= 0 && box.right <= window.innerWidth;
    });
    await close();
  });

  it("puts focus on the new page's heading, and names the page", async () => {
    const { page, close } = await visitHouse(browser, mock.origin);
    await page.getByRole("link", { name: /More info about/ }).click();
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor();
    await until(page, () => document.activeElement?.tagName === "H1" || document.activeElement?.id === "main");
    await until(page, () => document.title === "The Tide Keeper · Matinee");
    await close();
  });
});

describe("states", () => {
  it("shows an arriving film, and the play button as soon as it is there", async () => {
    const { page, close } = await visit(browser, `${mock.origin}/title/t-arriving`);
    await page.getByText("Arriving.", { exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "Play" }).count()).toBe(0);
    const film = mock.titles.find((title) => title.title_id === "t-arriving");
    if (film !== undefined) film.playable = true;
    await page.getByRole("link", { name: "Play" }).waitFor({ timeout: 15_000 });
    if (film !== undefined) film.playable = false;
    await close();
  });

  it("says what failed, and comes back on retry", async () => {
    mock.broken.set("/api/v1/home", 503);
    const { page, close } = await visitHouse(browser, mock.origin);
    await page.getByRole("heading", { name: "Not available right now" }).waitFor({ timeout: 20_000 });
    await expectAccessible(page, "failed home");
    mock.broken.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor();
    await close();
  });

  it("says so when there is nothing yet", async () => {
    const kept = mock.titles.splice(0);
    const { page, close } = await visitHouse(browser, mock.origin);
    await page.getByRole("heading", { name: "The house is open, the reels are on their way" }).waitFor();
    await expectAccessible(page, "empty home");
    mock.titles.push(...kept);
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor({ timeout: 15_000 });
    await close();
  });

  it("tells that it is offline, and that it is back", async () => {
    const { page, close } = await visitHouse(browser, mock.origin);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await page.context().setOffline(false);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    await close();
  });
});
