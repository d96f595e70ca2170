import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { enterHouse, expectAccessible, openBrowser, openMock, settled, until, visit, visitHouse, WIDTHS } from "./browser";
import type { Mock } from "./mock/server";

let browser: Browser;
let mock: Mock;

beforeAll(async () => {
  [browser, mock] = await Promise.all([openBrowser(), openMock(null)]);
});
afterAll(async () => {
  await browser.close();
  await mock.close();
});

const HERO = "The Tide Keeper";

function ada() {
  return mock.viewing.of("p-ada");
}

beforeEach(() => {
  ada().watched.clear();
  ada().list = [];
  ada().thumbs.clear();
  mock.viewing.watch("p-ada", "t-moss", 9, Date.now() - 60_000);
  mock.viewing.watch("p-ada", "t-e11", 12, Date.now() - 30_000);
  mock.viewing.watch("p-ada", "t-lib3", 20, Date.now() - 90_000);
});
afterEach(() => {
  mock.broken.clear();
  mock.shelves.leftOut = [];
  mock.shelves.sources.clear();
  mock.shelves.lost = false;
  for (const person of mock.identity.people) for (const profile of person.profiles) profile.language = "en";
});

async function openHome(size: readonly [number, number] = WIDTHS[1]) {
  const opened = await visitHouse(browser, mock.origin, "/", size);
  await opened.page.getByRole("heading", { level: 1, name: HERO }).waitFor();
  return opened;
}

function row(page: Page, id: string) {
  return page.locator(`[data-rail="${id}"]`);
}

async function shift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) if (!entry.hadRecentInput) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
}

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it("is accessible, fits, and never jumps", async () => {
    const { page, problems, close } = await openHome(size);
    await row(page, "continue-watching").waitFor();
    await settled(page);
    expect(await shift(page)).toBeLessThan(0.01);
    await expectAccessible(page, "home");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect((await page.locator(".masthead").boundingBox())?.height).toBeLessThan(size[0] >= 1800 ? 90 : 72);
    expect(problems).toEqual([]);
    await close();
  });

  it.each([
    ["my list", "/my-list", "My List"],
    ["genres", "/genres", "Genres"],
    ["genre", "/genre/drama", "Drama"],
    ["person", "/person/pe-1", "Ines Okafor"],
    ["row", "/row/trending", "Trending now"],
  ])("%s is accessible and fits", async (name, path, heading) => {
    ada().list = ["t-neon", "t-lib4"];
    const { page, close } = await visitHouse(browser, mock.origin, path, size);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await settled(page);
    await expectAccessible(page, name);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(await shift(page), name).toBeLessThan(0.01);
    await close();
  });
});

describe("rows", () => {
  it("come as somebody scrolls, each once, until the end", async () => {
    const { page, close } = await openHome();
    expect(await page.locator("[data-rail]").count()).toBeLessThan(10);
    await expect.poll(async () => {
      await page.mouse.wheel(0, 3000);
      return page.getByText("That is everything for now.").count();
    }, { timeout: 20_000 }).toBe(1);
    const names = await page.locator("[data-rail] h2").allTextContents();
    expect(names).toContain("Coming soon");
    expect(new Set(names).size).toBe(names.length);
    await close();
  });

  it("mount only what is near, and the last tile when somebody goes there", async () => {
    const { page, close } = await openHome();
    const tiles = row(page, "new").locator("li");
    const before = await tiles.count();
    expect(before).toBeLessThan(18);
    await row(page, "new").locator("[data-tile]").first().focus();
    await page.keyboard.press("End");
    await until(page, () => document.activeElement?.closest("li")?.getAttribute("aria-posinset") === "20");
    expect(await tiles.count()).toBeLessThan(20);
    await page.keyboard.press("Home");
    await until(page, () => document.activeElement?.closest("li")?.getAttribute("aria-posinset") === "1");
    await close();
  });

  it("keep the column while somebody walks up and down, over rows that are shorter", async () => {
    ada().list = ["t-neon", "t-clock"];
    const { page, close } = await openHome();
    await row(page, "new").locator("[data-tile]").first().focus();
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("ArrowRight");
    await until(page, () => document.activeElement?.closest("li")?.getAttribute("aria-posinset") === "6");
    const where = () => page.evaluate(() => ({ name: document.activeElement?.textContent, row: document.activeElement?.closest("[data-rail]")?.getAttribute("data-rail"), x: Math.round(document.activeElement?.getBoundingClientRect().left ?? 0) }));
    const start = await where();
    await page.keyboard.press("ArrowUp");
    await expect.poll(async () => (await where()).row).toBe("my-list");
    await page.keyboard.press("ArrowUp");
    await expect.poll(async () => (await where()).row).toBe("continue-watching");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(where).toEqual(start);
    await close();
  });

  it("have one stop for Tab each, and their own page", async () => {
    const { page, close } = await openHome();
    await row(page, "new").waitFor();
    expect(await row(page, "new").locator("[data-tile][tabindex='0']").count()).toBe(1);
    await row(page, "new").getByRole("link", { name: "See all of New here" }).click();
    await page.getByRole("heading", { level: 1, name: "New here" }).waitFor();
    await expect.poll(() => page.getByTestId("row-grid").locator("li").count()).toBe(20);
    await close();
  });

  it("that are left out are absent, and old ones say so", async () => {
    mock.shelves.leftOut = ["top-10"];
    mock.shelves.sources.set("trending", "stale");
    const { page, close } = await openHome();
    await row(page, "trending").getByText("As it was a while ago").waitFor();
    expect(await row(page, "top-10").count()).toBe(0);
    await close();
  });

  it("say when more of them do not come, and come when asked again", async () => {
    const { page, close } = await openHome();
    mock.broken.set("/api/v1/home", 503);
    await expect.poll(async () => {
      await page.mouse.wheel(0, 3000);
      return page.getByText("The next rows could not be loaded.").count();
    }, { timeout: 30_000 }).toBe(1);
    mock.broken.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await row(page, "genre-drama").waitFor();
    await close();
  });

  it("begin anew when the page that somebody was on is gone", async () => {
    const { page, close } = await openHome();
    mock.shelves.lost = true;
    const asked = mock.seen.home ?? 0;
    await page.mouse.wheel(0, 5000);
    await expect.poll(() => mock.seen.home ?? 0).toBeGreaterThan(asked + 1);
    mock.shelves.lost = false;
    await row(page, "new").waitFor();
    await close();
  });
});

describe("continue watching", () => {
  it("tells how much is left, and goes straight on", async () => {
    mock.viewing.watch("p-ada", "t-e11", 23.9);
    const { page, close } = await openHome();
    const tiles = row(page, "continue-watching");
    await tiles.getByText("S1 E2 · Next episode").waitFor();
    await tiles.getByText("15 secs left").waitFor();
    expect(await tiles.getByRole("link", { name: /Moss/ }).getAttribute("href")).toBe("/watch/t-moss");
    await close();
  });

  it("lets go of a title, and takes it back", async () => {
    const { page, close } = await openHome();
    const tiles = row(page, "continue-watching");
    await tiles.getByRole("button", { name: "Remove Moss from Continue watching" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Moss is no longer in Continue watching.").waitFor();
    await expectAccessible(page, "home with a message");
    await tiles.getByText("Moss").waitFor({ state: "detached" });
    await expect.poll(() => ada().watched.get("t-moss")?.removed).toBe(true);
    await page.getByRole("button", { name: "Undo" }).click();
    await tiles.getByRole("link", { name: /Moss/ }).waitFor();
    await expect.poll(() => ada().watched.get("t-moss")?.removed).toBe(false);
    await close();
  });

  it("does both by keys alone, and focus is never lost", async () => {
    const { page, close } = await openHome();
    const tiles = row(page, "continue-watching");
    await tiles.locator("[data-tile]").first().focus();
    await page.keyboard.press("Delete");
    await page.getByText("House Lights is no longer in Continue watching.").waitFor();
    await until(page, () => document.activeElement?.matches("[data-rail='continue-watching'] [data-tile]") === true);
    await page.keyboard.press("Control+z");
    await tiles.getByRole("link", { name: /House Lights/ }).waitFor();
    await close();
  });

  it("brings a title back when the service refuses", async () => {
    const { page, close } = await openHome();
    mock.broken.set("/api/v1/continue-watching", 500);
    await row(page, "continue-watching").locator("[data-tile]").first().focus();
    await page.keyboard.press("Delete");
    await page.getByText("House Lights could not be removed. Try again.").waitFor();
    await row(page, "continue-watching").getByRole("link", { name: /House Lights/ }).waitFor();
    await close();
  });
});

describe("the preview", () => {
  it("opens after a moment of pointing, keeps a title, takes an opinion, and goes", async () => {
    const { page, close } = await openHome();
    const tile = row(page, "new").locator("[data-tile]").nth(1);
    await tile.scrollIntoViewIfNeeded();
    await tile.hover();
    const preview = page.getByTestId("preview");
    await preview.waitFor();
    await expectAccessible(page, "home with a preview");
    await preview.getByRole("button", { name: "Add Neon Orchard to My List" }).click();
    await page.getByText("Neon Orchard is on My List now.").waitFor();
    await expect.poll(() => ada().list).toEqual(["t-neon"]);
    await preview.getByRole("button", { name: "I love it" }).click();
    await expect.poll(() => ada().thumbs.get("t-neon")).toBe("double-up");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => ada().list).toEqual([]);
    await page.mouse.move(5, 5);
    await preview.waitFor({ state: "detached" });
    await close();
  });

  it("opens for keys beside what has focus, never over it; Tab goes in and Escape closes", async () => {
    const { page, close } = await openHome();
    await page.keyboard.press("Tab");
    await row(page, "new").locator("[data-tile]").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.getByTestId("preview").waitFor();
    const free = await page.evaluate(() => {
      const [tile, panel] = [document.activeElement, document.querySelector("[data-testid='preview']")].map((element) => element?.getBoundingClientRect());
      return tile !== undefined && panel !== undefined && (panel.right <= tile.left || panel.left >= tile.right || panel.bottom <= tile.top || panel.top >= tile.bottom);
    });
    expect(free).toBe(true);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Play Neon Orchard");
    await page.keyboard.press("Escape");
    await page.getByTestId("preview").waitFor({ state: "detached" });
    await until(page, () => document.activeElement?.matches("[data-tile]") === true && document.activeElement.textContent.includes("Neon Orchard"));
    await close();
  });

  it("plays a series where somebody was", async () => {
    mock.viewing.watch("p-ada", "t-e12", 5);
    const { page, close } = await openHome();
    const tile = row(page, "new").locator("[data-tile]").filter({ hasText: "Night Shift" });
    await tile.scrollIntoViewIfNeeded();
    await tile.hover();
    await page.getByTestId("preview").getByRole("link", { name: "Play Night Shift at the Odeon" }).click();
    await page.waitForURL("**/watch/t-e12");
    await close();
  });
});

describe("my list", () => {
  const order = (page: Page) => page.getByTestId("kept").locator(".keep-name").allTextContents();
  /** Every order that the page shows from now on. */
  const watchOrder = (page: Page) =>
    page.evaluate(() => {
      const list = document.querySelector(".keeps");
      const read = () => Array.from(list?.querySelectorAll(".keep-name") ?? [], (name) => name.textContent);
      const orders = [read()];
      if (list !== null) new MutationObserver(() => orders.push(read())).observe(list, { childList: true });
      Object.assign(window, { orders });
    });
  const ordersSeen = (page: Page) => page.evaluate(() => (window as unknown as { orders: string[][] }).orders);

  it("is ordered by buttons, by keys and by hand", async () => {
    ada().list = ["t-neon", "t-moss", "t-clock", "t-salt"];
    const { page, close } = await visitHouse(browser, mock.origin, "/my-list");
    await page.getByRole("button", { name: "Move Moss up" }).click();
    await expect.poll(() => ada().list).toEqual(["t-moss", "t-neon", "t-clock", "t-salt"]);
    await page.getByRole("button", { name: /^Move Neon Orchard:/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => ada().list).toEqual(["t-moss", "t-clock", "t-salt", "t-neon"]);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toContain("Move Neon Orchard:");
    await expect.poll(() => order(page)).toEqual(["Moss", "A Clockmaker's Guide to Falling in Love", "Salt & Static", "Neon Orchard"]);
    const handle = await page.getByRole("button", { name: /^Move Salt & Static:/ }).boundingBox();
    const first = await page.getByTestId("kept").first().boundingBox();
    if (handle === null || first === null) throw new Error("nothing to drag");
    await page.mouse.move(handle.x + 10, handle.y + 10);
    await page.mouse.down();
    await page.mouse.move(handle.x + 10, first.y + 20, { steps: 6 });
    const dropped = ["Salt & Static", "Moss", "A Clockmaker's Guide to Falling in Love", "Neon Orchard"];
    await expect.poll(() => order(page)).toEqual(dropped);
    await watchOrder(page);
    await page.mouse.up();
    await expect.poll(() => ada().list).toEqual(["t-salt", "t-moss", "t-clock", "t-neon"]);
    await settled(page);
    // What was let go of stays where it was dropped: the former order is not shown again, not even for a moment.
    expect(new Set((await ordersSeen(page)).map((one) => one.join()))).toEqual(new Set([dropped.join()]));
    expect(await order(page)).toEqual(dropped);
    await close();
  });

  it("gives a title up and takes it back to its place, the last one too", async () => {
    ada().list = ["t-neon", "t-moss", "t-clock"];
    const { page, close } = await visitHouse(browser, mock.origin, "/my-list");
    await page.getByRole("button", { name: /^Remove A Clockmaker/ }).click();
    await expect.poll(() => ada().list).toEqual(["t-neon", "t-moss"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => ada().list).toEqual(["t-neon", "t-moss", "t-clock"]);
    await close();
  });

  it("says what to do while it is empty", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/my-list");
    await page.getByRole("heading", { name: "Nothing on My List yet" }).waitFor();
    await expectAccessible(page, "empty list");
    await close();
  });
});

describe("who watches", () => {
  it("greets a profile that is new", async () => {
    ada().watched.clear();
    const { page, close } = await openHome();
    await page.getByText("Hello, Ada").waitFor();
    await close();
  });

  it("gives children their own room: below their ceiling, without previews", async () => {
    const { page, close } = await visit(browser, `${mock.origin}/favicon.svg`);
    await enterHouse(page, mock.origin, undefined, "p-mia");
    await page.goto(mock.origin);
    await page.getByRole("heading", { level: 1, name: "Hello, Mia!" }).waitFor();
    await row(page, "new").waitFor();
    expect(await page.getByText("Midnight Winter", { exact: true }).count()).toBe(0);
    await row(page, "new").locator("[data-tile]").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => performance.now() > 0 && document.querySelector("[data-testid='preview']") === null);
    await expectAccessible(page, "kids' home");
    await close();
  });

  it("has a heading at every moment of its first load", async () => {
    const { page, close } = await visit(browser, `${mock.origin}/favicon.svg`, WIDTHS[0]);
    await page.addInitScript(() => {
      const bare = { seen: 0 };
      Object.assign(window, { bare });
      new MutationObserver(() => {
        const main = document.querySelector("main");
        if (main !== null && main.querySelector("h1") === null) bare.seen += 1;
      }).observe(document, { childList: true, subtree: true });
    });
    await page.goto(mock.origin);
    await page.getByRole("heading", { level: 1, name: "The lights go down when you sit down" }).waitFor();
    expect(await page.evaluate(() => (window as unknown as { bare: { seen: number } }).bare.seen)).toBe(0);
    await enterHouse(page, mock.origin);
    await page.goto(mock.origin);
    await page.getByRole("heading", { level: 1, name: HERO }).waitFor();
    expect(await page.evaluate(() => (window as unknown as { bare: { seen: number } }).bare.seen)).toBe(0);
    await close();
  });
});

describe("from right to left", () => {
  it.each(WIDTHS)("turns with the profile's language at %d × %d", async (...size) => {
    const [person] = mock.identity.people;
    const [profile] = person?.profiles ?? [];
    if (profile === undefined) throw new Error("nobody is there");
    profile.language = "ar-EG";
    const { page, problems, close } = await openHome(size);
    await page.getByRole("heading", { name: "تابع المشاهدة" }).waitFor();
    await expect.poll(() => page.evaluate(() => [document.documentElement.dir, document.documentElement.lang])).toEqual(["rtl", "ar-EG"]);
    const rail = row(page, "new");
    const [first, second] = [await rail.locator("li").nth(0).boundingBox(), await rail.locator("li").nth(1).boundingBox()];
    expect(first?.x ?? 0).toBeGreaterThan(second?.x ?? 0);
    await rail.locator("[data-tile]").first().focus();
    await page.keyboard.press("ArrowLeft");
    await until(page, () => document.activeElement?.closest("li")?.getAttribute("aria-posinset") === "2");
    await expectAccessible(page, "home in Arabic");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    // Nobody remembers a first visit's direction: the bar turns before the page begins.
    expect(await shift(page)).toBeLessThan(0.05);
    expect(problems).toEqual([]);
    await page.goto(`${mock.origin}/account`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect.poll(() => page.evaluate(() => [document.querySelector("main")?.dir, document.querySelector("main")?.lang])).toEqual(["ltr", "en"]);
    await close();
  });

  it.each([["my list", "/my-list", "قائمتي"], ["search", "/search?q=tide", "بحث"], ["genres", "/genres", "الأنواع"]])("%s is accessible in Arabic", async (name, path, heading) => {
    const [profile] = mock.identity.people[0]?.profiles ?? [];
    if (profile === undefined) throw new Error("nobody is there");
    profile.language = "ar";
    ada().list = ["t-neon", "t-lib4"];
    const { page, close } = await visitHouse(browser, mock.origin, path);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await settled(page);
    await expectAccessible(page, name);
    await close();
  });
});

describe("without a network", () => {
  it("says so, and recovers by itself", async () => {
    const { page, close } = await openHome();
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await page.getByRole("link", { name: "My List", exact: true }).first().click();
    await page.getByRole("heading", { name: "Matinee cannot be reached" }).waitFor({ timeout: 20_000 });
    await page.context().setOffline(false);
    await page.getByRole("heading", { name: "Nothing on My List yet" }).waitFor({ timeout: 20_000 });
    await close();
  });
});
