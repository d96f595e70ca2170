import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import axe from "axe-core";
import { chromium, type Browser, type Page, type Request } from "playwright-core";
import { expect } from "vitest";

import { MEMBER, PASSWORD } from "./mock/people";
import { startMock, type Mock } from "./mock/server";

export const DIST = process.env.MATINEE_DIST ?? resolve(dirname(fileURLToPath(import.meta.url)), "../dist");
export const WIDTHS = [
  [390, 844],
  [1440, 900],
  [1920, 1080],
] as const;

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.MATINEE_CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
}

export function openMock(media: string | null): Promise<Mock> {
  return startMock(DIST, media ?? DIST);
}

/** What a page has asked for and not been answered, and when that last changed. */
type Traffic = { open: Set<Request>; changedAt: number };

const traffic = new WeakMap<Page, Traffic>();
const QUIET_MS = 150;

function countRequests(page: Page): void {
  const seen: Traffic = { open: new Set(), changedAt: Date.now() };
  traffic.set(page, seen);
  page.on("request", (request) => {
    // A new document: what the former one asked for is nobody's business any more.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) seen.open.clear();
    seen.open.add(request);
    seen.changedAt = Date.now();
  });
  const answered = (request: Request) => {
    if (seen.open.delete(request)) seen.changedAt = Date.now();
  };
  page.on("requestfinished", answered);
  page.on("requestfailed", answered);
}

/** Wait until a page is whole: nothing is asked for, nothing says that it is still coming, its letters are there and drawn. */
export async function settled(page: Page): Promise<void> {
  await expect
    .poll(() => {
      const seen = traffic.get(page);
      return seen?.open.size === 0 && Date.now() - seen.changedAt >= QUIET_MS;
    }, { timeout: 30_000 })
    .toBe(true);
  await until(page, () => document.querySelector("[aria-busy='true']") === null && document.fonts.status === "loaded");
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

export type Visit = { page: Page; problems: string[]; close: () => Promise<void> };

/** Open a page in a context of its own; script errors and policy violations are collected in `problems`. */
export async function visit(browser: Browser, url: string, size: readonly [number, number] = WIDTHS[1]): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: size[0], height: size[1] }, reducedMotion: "reduce" });
  const page = await context.newPage();
  countRequests(page);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && message.text().includes("Content Security Policy")) problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems, close: () => context.close() };
}

/** Sign in to the studio in this page's context. */
export async function enterStudio(page: Page, key: string): Promise<void> {
  await page.getByLabel("Operator key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Sign a member in behind the page's back, as whoever of the household is named; null for nobody yet. */
export async function enterHouse(page: Page, origin: string, email = MEMBER, profileId: string | null = "p-ada"): Promise<void> {
  await page.request.post(`${origin}/api/v1/session`, { data: { email, password: PASSWORD } });
  if (profileId !== null) await page.request.post(`${origin}/api/v1/session/profile`, { data: { profile_id: profileId } });
}

/** Open a page of the house as a member who has said who is watching. */
export async function visitHouse(browser: Browser, origin: string, path = "/", size: readonly [number, number] = WIDTHS[1]): Promise<Visit> {
  const opened = await visit(browser, `${origin}/favicon.svg`, size);
  await enterHouse(opened.page, origin);
  await opened.page.goto(origin + path);
  return opened;
}

/** Run axe with the rules of WCAG 2.2 A and AA; nothing may be found. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    type Axe = { run: (root: Document, options: object) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> };
    const { axe: engine } = window as unknown as { axe: Axe };
    const { violations } = await engine.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`).join(" | ")}`);
  });
  expect(found, where).toEqual([]);
}

/** Wait until a condition on the page holds, at most `seconds`. */
export async function until(page: Page, condition: () => unknown, seconds = 15): Promise<void> {
  await page.waitForFunction(condition, undefined, { timeout: seconds * 1000 });
}
