import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, settled, visit, visitHouse, WIDTHS, type Visit } from "./browser";
import type { Mock } from "./mock/server";

/** The page of one title: what it is, what somebody has of it, what there is like it. */

let browser: Browser;
let mock: Mock;
let open: Visit;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(null);
});
afterEach(async () => {
  await open.close();
  await mock.close();
});

async function house(path: string, size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visitHouse(browser, mock.origin, path, size);
  return open.page;
}

/** How far anything moved by itself while the page came, as browsers measure it. */
function shift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), 300);
      }),
  );
}

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it.each([
    ["t-tide", "The Tide Keeper"],
    ["t-series", "Night Shift at the Odeon"],
    ["t-announced", "The Last Reel"],
  ])("%s is accessible, fits, and does not jump", async (id, name) => {
    mock.viewing.watch("p-ada", "t-tide", 9);
    mock.viewing.watch("p-ada", "t-e11", 24);
    const page = await house(`/title/${id}`, size);
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await settled(page);
    await expectAccessible(page, id);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(await shift(page)).toBeLessThan(0.02);
    expect(open.problems).toEqual([]);
  });
});

describe("a film", () => {
  it("goes on where it was stopped, says what is left, and begins anew when asked to", async () => {
    mock.viewing.watch("p-ada", "t-tide", 9);
    const page = await house("/title/t-tide");
    const resume = page.getByRole("link", { name: /^Go on\s*15 s/ });
    expect(await resume.getAttribute("href")).toBe("/watch/t-tide");
    expect(await page.getByRole("link", { name: "Start over" }).getAttribute("href")).toBe("/watch/t-tide?from=start");
    await page.getByRole("progressbar", { name: "How far you are" }).waitFor();
  });

  it("can be kept and judged, and both hold", async () => {
    const page = await house("/title/t-tide");
    await page.getByRole("button", { name: "Add The Tide Keeper to My List" }).click();
    await page.getByRole("button", { name: "I love it" }).click();
    await expect.poll(() => [mock.viewing.of("p-ada").list, mock.viewing.of("p-ada").thumbs.get("t-tide")]).toEqual([["t-tide"], "double-up"]);
    await page.reload();
    await page.locator("button[aria-pressed=true]", { hasText: "My List" }).waitFor();
    await page.getByRole("button", { name: "I love it", pressed: true }).click();
    await expect.poll(() => mock.viewing.of("p-ada").thumbs.size).toBe(0);
  });

  it("leads to its people, its genres, and titles like it", async () => {
    const page = await house("/title/t-tide");
    expect(await page.getByRole("link", { name: "Ines Okafor" }).getAttribute("href")).toBe("/person/pe-1");
    expect(await page.getByRole("link", { name: "Mystery" }).getAttribute("href")).toBe("/genre/mystery");
    await page.getByRole("region", { name: "More like this" }).getByRole("link", { name: /Neon Orchard/ }).waitFor();
    await page.getByText("The keeper").waitFor();
  });

  it("shows a stranger no list, no thumbs and no place", async () => {
    open = await visit(browser, `${mock.origin}/title/t-tide`);
    await open.page.getByRole("link", { name: "Play", exact: true }).waitFor();
    expect(await open.page.getByRole("group", { name: /opinion/ }).count()).toBe(0);
    expect(mock.seen.mine).toBeUndefined();
  });

  it("says what failed, and comes back on retry", async () => {
    mock.broken.set("/api/v1/titles/t-tide", 503);
    const page = await house("/title/t-tide");
    await page.getByRole("heading", { name: "Not available right now" }).waitFor({ timeout: 20_000 });
    await expectAccessible(page, "failed title");
    mock.broken.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor();
  });

  it("still plays when nothing is known of who watched what", async () => {
    mock.broken.set("/api/v1/mine", 503);
    const page = await house("/title/t-tide");
    await page.getByRole("link", { name: "Play", exact: true }).waitFor({ timeout: 20_000 });
  });
});

describe("a series", () => {
  it("goes on with the next episode, in its season, and marks what was watched", async () => {
    mock.viewing.watch("p-ada", "t-e11", 24, Date.now() - 60_000);
    mock.viewing.watch("p-ada", "t-e12", 24);
    const page = await house("/title/t-series");
    expect(await page.getByRole("link", { name: "Go on with S2 E1" }).getAttribute("href")).toBe("/watch/t-e21");
    await page.getByRole("button", { name: "Season 2", pressed: true }).waitFor();
    await page.getByRole("link", { name: /1\. Changeover/ }).getByText("Up next").waitFor();
    await page.getByRole("button", { name: "Season 1" }).click();
    await expect.poll(() => page.getByText("Watched").count()).toBe(2);
  });

  it("begins with its first episode", async () => {
    const page = await house("/title/t-series");
    expect(await page.getByRole("link", { name: "Play S1 E1" }).getAttribute("href")).toBe("/watch/t-e11");
  });
});

describe("what is announced", () => {
  it("says when it comes, and waits on My List", async () => {
    const page = await house("/title/t-announced");
    await page.getByText("Coming on 4 March 2027.").waitFor();
    expect(await page.getByRole("link", { name: /Play/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Add The Last Reel to My List" }).click();
    await expect.poll(() => mock.viewing.of("p-ada").list).toEqual(["t-announced"]);
  });
});
