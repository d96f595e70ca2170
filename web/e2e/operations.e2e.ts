import { resolve } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { enterHouse, expectAccessible, openBrowser, openMock, until, visit, WIDTHS, type Visit } from "./browser";
import { command } from "./mock/operations";
import { ADMIN, MEMBER } from "./mock/people";
import type { Mock } from "./mock/server";

let browser: Browser;
let mock: Mock;
let open: Visit | null = null;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(null);
});
afterEach(async () => {
  await open?.close();
  open = null;
  await mock.close();
});

async function operations(size: readonly [number, number] = WIDTHS[1], email = ADMIN): Promise<Page> {
  open = await visit(browser, mock.origin, size);
  await enterHouse(open.page, mock.origin, email, null);
  await open.page.goto(`${mock.origin}/admin/operations`);
  return open.page;
}

const tile = (page: Page, name: string) => page.locator(`[data-testid=command][data-command="${name}"]`);
const names = (page: Page) => page.locator("[data-testid=command]").evaluateAll((tiles) => tiles.map((one) => one.getAttribute("data-command")));

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it("shows every command, is accessible and fits, with its drawer too", async () => {
    const page = await operations(size);
    await tile(page, "Searching.find").waitFor();
    await page.getByText("Live").waitFor();
    await expectAccessible(page, "operations");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    const folder = process.env.MATINEE_SHOTS;
    if (folder !== undefined) {
      await page.waitForTimeout(8_000);
      await page.screenshot({ path: resolve(folder, `operations-${size[0]}.png`), fullPage: true });
    }
    await tile(page, "Searching.find").getByRole("button").click();
    await page.getByRole("dialog", { name: "Searching.find" }).waitFor();
    await expectAccessible(page, "drawer");
    if (folder !== undefined) await page.screenshot({ path: resolve(folder, `operations-drawer-${size[0]}.png`) });
    expect(open?.problems).toEqual([]);
  });
});

describe("what is seen", () => {
  it("says in words what is wrong, worst first", async () => {
    const page = await operations();
    const shut = tile(page, "Searching.find");
    await shut.getByText("Circuit open").waitFor();
    expect(await shut.getAttribute("data-health")).toBe("open");
    expect((await names(page))[0]).toBe("Searching.find");
    expect(await tile(page, "home.because").getByText("Failing on purpose").count()).toBe(1);
    expect(await tile(page, "home.trending").getByText("Healthy").count()).toBe(1);
    expect(await page.locator("[data-testid=process][data-state=away]").innerText()).toContain("Away");
    expect(await tile(page, "search.index.rebuild").count()).toBe(0);
  });

  it("follows what happens", async () => {
    const page = await operations();
    await tile(page, "home.trending").getByText("84/s").waitFor();
    Object.assign(mock.office.operations.commands[0] ?? {}, { requestCount: 1200, rollingCountSuccess: 0, rollingCountFailure: 1200, errorCount: 1200, errorPercentage: 100 });
    await page.locator('[data-command="home.trending"][data-health=failing]').waitFor();
    await tile(page, "home.trending").getByText("120/s").waitFor();
  });

  it("orders, filters, and leaves out what is healthy", async () => {
    const page = await operations();
    await tile(page, "home.trending").waitFor();
    await page.getByLabel("Order").selectOption("traffic");
    await until(page, () => document.querySelector("[data-testid=command]")?.getAttribute("data-command") === "home.database.read");
    await page.getByLabel("Order").selectOption("latency");
    await until(page, () => document.querySelector("[data-testid=command]")?.getAttribute("data-command") === "home.because");
    await page.getByLabel("Only what is not healthy").check();
    await until(page, () => document.querySelectorAll("[data-testid=command]").length === 3);
    await page.getByLabel("Only what is not healthy").uncheck();
    await page.getByLabel("Filter by name").fill("rebuild");
    await until(page, () => document.querySelectorAll("[data-testid=command]").length === 1);
    await page.getByLabel("Filter by name").fill("nonsense");
    await page.getByRole("heading", { name: "Nothing to show" }).waitFor();
    await page.getByRole("button", { name: "Show all commands" }).click();
    await until(page, () => document.querySelectorAll("[data-testid=command]").length === 8);
  });

  it("stands still while it is paused", async () => {
    const page = await operations();
    await tile(page, "home.trending").getByText("84/s").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    mock.office.operations.commands.push(command("home.new", "home", { requestCount: 10, rollingCountSuccess: 10 }));
    await page.waitForTimeout(1_200); // longer than two looks
    expect(await tile(page, "home.new").count()).toBe(0);
    await page.getByRole("button", { name: "Go on" }).click();
    await tile(page, "home.new").waitFor();
  });

  it("says so when there is nothing yet", async () => {
    mock.office.operations.commands = [];
    const page = await operations();
    await page.getByRole("heading", { name: "Nothing has been called yet" }).waitFor();
    await expectAccessible(page, "empty");
  });
});

describe("when it cannot follow", () => {
  it("looks every few seconds when all places are taken, and takes one that comes free", async () => {
    mock.office.operations.full = 5;
    const page = await operations();
    await page.getByText("Every few seconds", { exact: true }).waitFor();
    await tile(page, "Searching.find").waitFor();
    mock.office.operations.full = 0;
    await page.getByText("Live").waitFor();
  });

  it("says that the connection is lost, keeps what it knew, and comes back", async () => {
    const page = await operations();
    await tile(page, "Searching.find").waitFor();
    mock.broken.set("/api/v1/admin/operations", 503);
    mock.office.operations.drop();
    await page.getByText("Connection lost").waitFor();
    await page.getByText(/The figures are from/).waitFor();
    expect(await tile(page, "Searching.find").count()).toBe(1);
    await expectAccessible(page, "lost");
    mock.broken.clear();
    await page.getByText("Live").waitFor();
  });

  it("keeps everybody else out", async () => {
    const page = await operations(WIDTHS[1], MEMBER);
    await page.getByRole("heading", { name: "This is the house’s office" }).waitFor();
    expect(mock.seen["operations-live"]).toBeUndefined();
  });
});

describe("changes", () => {
  it("are made by keyboard, told of, shown, and taken back", async () => {
    const page = await operations();
    await tile(page, "home.trending").getByRole("button").focus();
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("dialog", { name: "home.trending" });
    await drawer.waitFor();
    expect(await drawer.getByRole("button", { name: "Change everywhere" }).isDisabled()).toBe(true);
    await drawer.getByLabel("The circuit", { exact: true }).selectOption("open");
    await drawer.getByLabel("Longest time, seconds").fill("2.5");
    await page.keyboard.press("Enter");
    await drawer.getByText("It counts in 3 of 4 processes").waitFor();
    await drawer.getByText("It is kept over a restart.").waitFor();
    await drawer.getByText("Forced open").waitFor();
    expect(mock.office.operations.commands[0]?.changed).toEqual({ breaker_force: "open", timeout_seconds: 2.5 });
    await page.keyboard.press("Escape");
    await tile(page, "home.trending").getByText("Changed").waitFor();
    await until(page, () => document.activeElement?.textContent.includes("home.trending"));
    await tile(page, "home.trending").getByRole("button").click();
    await drawer.getByRole("button", { name: "Take changes back" }).click();
    await drawer.getByText("Everything is as its code and settings say.").waitFor();
    expect(mock.office.operations.commands[0]?.changed).toEqual({});
  });

  it("that are refused are said where they were made", async () => {
    const page = await operations();
    await tile(page, "home.trending").getByRole("button").click();
    const drawer = page.getByRole("dialog", { name: "home.trending" });
    await drawer.getByLabel("Longest time, seconds").fill("soon");
    await drawer.getByRole("button", { name: "Change everywhere" }).click();
    await drawer.getByRole("alert").getByText("Not a setting of a command").waitFor();
    await drawer.getByRole("alert").getByText("timeout_seconds").waitFor();
  });
});
