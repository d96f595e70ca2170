import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, settled, until, visitHouse, WIDTHS } from "./browser";
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
afterEach(() => {
  mock.broken.clear();
  mock.shelves.slow.clear();
  mock.shelves.degraded = false;
});

const box = (page: Page) => page.getByRole("combobox");
const results = (page: Page) => page.getByTestId("results").locator("li");

describe.each(WIDTHS)("search at %d × %d", (...size) => {
  it.each([
    ["before anything is typed", "/search", "Browse by genre"],
    ["with results", "/search?q=tide", "Results"],
    ["with nothing found", "/search?q=zzzzqq", "Browse by genre"],
  ])("is accessible and fits %s", async (name, path, list) => {
    const { page, problems, close } = await visitHouse(browser, mock.origin, path, size);
    await page.getByRole("list", { name: list }).waitFor();
    await settled(page);
    await expectAccessible(page, name);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await close();
  });
});

describe("by keys alone", () => {
  it("finds with typos: slash, type, arrows, Enter", async () => {
    const { page, close } = await visitHouse(browser, mock.origin);
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor();
    await page.keyboard.press("/");
    await page.waitForURL("**/search");
    await until(page, () => document.activeElement?.getAttribute("role") === "combobox");
    await page.keyboard.type("tdie keepr");
    await results(page).first().waitFor();
    expect(await box(page).inputValue()).toBe("tdie keepr");
    await page.getByText("Did you mean").waitFor();
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await until(page, () => {
      const active = document.querySelector("[role='combobox']")?.getAttribute("aria-activedescendant") ?? "";
      return document.getElementById(active)?.getAttribute("aria-selected") === "true";
    });
    await page.keyboard.press("Enter");
    await page.waitForURL("**/title/t-tide");
    await page.goBack();
    await page.waitForURL("**/search?q=tdie+keepr");
    await expect.poll(() => box(page).inputValue()).toBe("tdie keepr");
    await results(page).first().waitFor();
    await close();
  });

  it("walks through the suggestions into the results and back", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/search?q=velvet");
    await results(page).first().waitFor();
    await expect.poll(() => page.getByRole("option").count()).toBeGreaterThan(1);
    for (let step = 0; step <= (await page.getByRole("option").count()); step += 1) await page.keyboard.press("ArrowDown");
    await until(page, () => document.activeElement?.closest("[data-testid='results']") !== null);
    const first = await page.evaluate(() => document.activeElement?.textContent);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).not.toBe(first);
    await page.keyboard.press("/");
    await until(page, () => document.activeElement?.getAttribute("role") === "combobox");
    await page.keyboard.press("Escape");
    await expect.poll(() => box(page).inputValue()).toBe("");
    await page.getByRole("heading", { name: "What do you want to see?" }).waitFor();
    await page.waitForURL((url) => url.search === "");
    await close();
  });
});

describe("as one types", () => {
  it("asks once somebody pauses, and shows the answer to what stands there last", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/search");
    mock.shelves.asked = [];
    mock.shelves.slow.set("moss", 2500);
    await box(page).pressSequentially("moss", { delay: 15 });
    await expect.poll(() => mock.shelves.asked).toEqual(["moss"]);
    await box(page).fill("ember");
    await results(page).getByText("Ember Road").first().waitFor();
    await until(page, () => document.querySelector("[data-testid='results']")?.textContent.includes("Moss") !== true);
    await expect.poll(() => results(page).count()).toBe(1);
    await close();
  });

  it("keeps what was found until something else is", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/search?q=velvet");
    await results(page).first().waitFor();
    mock.shelves.slow.set("paper", 1200);
    await box(page).fill("paper");
    await page.locator(".search-results-former").getByTestId("results").locator("li").first().getByText("Velvet").waitFor();
    await results(page).getByText("Paper Kites").first().waitFor();
    await close();
  });

  it("offers people, genres and what was meant", async () => {
    const { page, close } = await visitHouse(browser, mock.origin, "/search?q=tomas");
    await page.getByRole("list", { name: "People" }).getByRole("link", { name: /Tomás Lindqvist/ }).click();
    await page.getByRole("heading", { level: 1, name: "Tomás Lindqvist" }).waitFor();
    await page.goto(`${mock.origin}/search?q=embr raod`);
    await page.getByRole("link", { name: "Ember Road", exact: true }).first().click();
    await expect.poll(() => box(page).inputValue()).toBe("Ember Road");
    await page.goto(`${mock.origin}/search?q=zzzzqq`);
    await page.getByRole("heading", { name: "Nothing matches “zzzzqq”" }).waitFor();
    await page.getByRole("link", { name: "Drama" }).click();
    await page.getByRole("heading", { level: 1, name: "Drama" }).waitFor();
    await close();
  });

  it("says when it is limited, and when it failed", async () => {
    mock.shelves.degraded = true;
    const { page, close } = await visitHouse(browser, mock.origin, "/search?q=moss");
    await page.getByText("Search is limited right now").waitFor();
    mock.broken.set("/api/v1/search", 400);
    await box(page).fill("ember");
    await page.getByRole("heading", { name: "Not available right now" }).waitFor();
    mock.broken.clear();
    await page.getByRole("button", { name: "Try again" }).click();
    await results(page).getByText("Ember Road").first().waitFor();
    await close();
  });
});
