import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, settled, visitHouse, WIDTHS, type Visit } from "./browser";
import type { Mock } from "./mock/server";

/** What somebody has watched: found again, taken out, taken away. */

let browser: Browser;
let mock: Mock;
let open: Visit;

const DAY = 86_400_000;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(null);
  mock.viewing.watch("p-ada", "t-moss", 24, Date.now() - 9 * DAY);
  mock.viewing.watch("p-ada", "t-e12", 6, Date.now() - DAY);
  mock.viewing.watch("p-ada", "t-tide", 12, Date.now() - 1000);
  mock.viewing.watch("p-ada", "t-withdrawn", 12, Date.now() - 10 * DAY);
  mock.viewing.watch("p-ben", "t-neon", 12);
});
afterEach(async () => {
  await open.close();
  await mock.close();
});

async function history(size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visitHouse(browser, mock.origin, "/history", size);
  await open.page.getByTestId("seen").first().waitFor();
  return open.page;
}

describe("the history", () => {
  it.each(WIDTHS)("is accessible and fits at %d × %d", async (...size) => {
    const page = await history(size);
    await settled(page);
    await expectAccessible(page, "history");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(open.problems).toEqual([]);
  });

  it("tells by day what this profile has watched, and how far", async () => {
    const page = await history();
    await expect.poll(() => page.getByTestId("seen").count()).toBe(4);
    expect(await page.getByText("Neon Orchard").count()).toBe(0);
    await page.getByRole("region", { name: "Today" }).getByText("0:12 of 0:24").waitFor();
    await page.getByRole("region", { name: "Yesterday" }).getByText("Night Shift at the Odeon · S1 E2").waitFor();
    await page.getByText("Not in the programme any more").waitFor();
    expect(await page.getByRole("link", { name: "Go on with The Tide Keeper" }).getAttribute("href")).toBe("/watch/t-tide");
    expect(await page.getByRole("link", { name: "Watch Moss again" }).getAttribute("href")).toBe("/watch/t-moss");
  });

  it("forgets one title once the way back is gone, and not before", async () => {
    const page = await history();
    await page.getByRole("button", { name: "Take Moss out of the history" }).click();
    await page.getByText("Moss is out of your history.").waitFor();
    await expect.poll(() => page.getByTestId("seen").count()).toBe(3);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => page.getByTestId("seen").count()).toBe(4);
    expect(mock.viewing.of("p-ada").watched.has("t-moss")).toBe(true);
    await page.getByRole("button", { name: "Take Moss out of the history" }).click();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect.poll(() => mock.viewing.of("p-ada").watched.has("t-moss")).toBe(false);
    await page.getByRole("button", { name: "Take The Tide Keeper out of the history" }).click();
    await page.goto("about:blank");
    await expect.poll(() => mock.viewing.of("p-ada").watched.has("t-tide")).toBe(false);
  });

  it("forgets everything after asking, and is empty then", async () => {
    const page = await history();
    await page.getByRole("button", { name: "Forget everything" }).click();
    const dialog = page.getByRole("dialog");
    await expectAccessible(page, "forget everything");
    await dialog.getByRole("button", { name: "Keep it" }).click();
    expect(mock.viewing.of("p-ada").watched.size).toBe(4);
    await page.getByRole("button", { name: "Forget everything" }).click();
    await dialog.getByRole("button", { name: "Forget everything" }).click();
    await page.getByRole("heading", { name: "Nothing watched yet" }).waitFor();
    await expectAccessible(page, "empty history");
    await expect.poll(() => [mock.viewing.of("p-ada").watched.size, mock.viewing.of("p-ben").watched.size]).toEqual([0, 1]);
  });

  it("can be taken away as JSON and as CSV", async () => {
    const page = await history();
    for (const format of ["JSON", "CSV"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: `Download as ${format}` }).click()]);
      expect(download.suggestedFilename()).toBe(`matinee-history.${format.toLowerCase()}`);
    }
  });
});
