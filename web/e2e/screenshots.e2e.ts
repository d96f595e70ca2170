import { mkdirSync } from "node:fs";
import { resolve } from "node:path";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";

import { enterStudio, openBrowser, until, WIDTHS } from "./browser";

/** Pictures of every page of a running service, for the documentation. */

const { MATINEE_SCREENSHOTS: folder, MATINEE_URL: service, MATINEE_OPERATOR_KEY: key } = process.env;
const NAMES = { 390: "phone", 1440: "laptop", 1920: "tv" } as const;

type Card = { title_id: string; kind: string; playable: boolean };

async function titles(): Promise<Card[]> {
  const response = await fetch(`${service ?? ""}/api/v1/browse`);
  const page = (await response.json()) as { featured: Card | null; rows: { items: Card[] }[] };
  return [...(page.featured === null ? [] : [page.featured]), ...page.rows.flatMap((row) => row.items)];
}

async function shoot(page: Page, name: string): Promise<void> {
  // Pictures further down load only when somebody gets there.
  await page.waitForFunction(() => Array.from(document.images).every((image) => (image.complete && image.naturalWidth > 0) || image.getBoundingClientRect().top > window.innerHeight || image.getBoundingClientRect().left > window.innerWidth));
  await page.screenshot({ path: resolve(folder ?? "", `${name}.jpg`), type: "jpeg", quality: 86 });
}

describe.skipIf(folder === undefined || service === undefined || key === undefined)("pictures (need MATINEE_SCREENSHOTS, MATINEE_URL, MATINEE_OPERATOR_KEY)", () => {
  let browser: Browser;
  let cards: Card[];

  beforeAll(async () => {
    mkdirSync(folder ?? "", { recursive: true });
    [browser, cards] = await Promise.all([openBrowser(), titles()]);
  });
  afterAll(() => browser.close());

  async function openAt(width: number, height: number): Promise<{ context: BrowserContext; page: Page }> {
    const context = await browser.newContext({ viewport: { width, height }, baseURL: service, reducedMotion: "reduce" });
    return { context, page: await context.newPage() };
  }

  async function shootWatching(page: Page, film: string, name: string): Promise<void> {
    await page.goto(`/watch/${film}`);
    await until(page, () => ((window as unknown as { __matineePlayer?: () => { currentTime: number } }).__matineePlayer?.().currentTime ?? 0) > 4, 40);
    const bar = await page.locator(".seek").boundingBox();
    if (bar !== null) await page.mouse.move(bar.x + bar.width * 0.62, bar.y + bar.height / 2);
    await page.getByTestId("seek-preview").waitFor();
    await shoot(page, name);
  }

  async function shootStudio(page: Page, film: string, size: string): Promise<void> {
    await page.goto("/studio");
    await page.getByLabel("Operator key").waitFor();
    await shoot(page, `sign-in-${size}`);
    await enterStudio(page, key ?? "");
    await page.getByText("Live", { exact: true }).waitFor();
    await shoot(page, `studio-${size}`);
    const running = page.locator("[data-testid=job][data-stage=running]");
    const shown = (await running.count()) > 0 ? running : page.locator("[data-testid=job][data-stage=published]");
    await shown.first().getByRole("link").first().click();
    await page.getByTestId("chunk-grid").waitFor();
    await shoot(page, `job-${size}`);
    await page.goto("/studio/titles");
    await page.getByTestId("studio-title").first().waitFor();
    await shoot(page, `titles-${size}`);
    await page.goto(`/studio/titles/${film}`);
    await page.getByLabel("Synopsis").waitFor();
    await shoot(page, `editor-${size}`);
  }

  it.each(WIDTHS)("at %d × %d", async (width, height) => {
    const size = NAMES[width];
    const film = cards.find((card) => card.playable && card.kind === "film")?.title_id ?? "";
    const { context, page } = await openAt(width, height);
    await page.goto("/");
    await page.getByRole("link", { name: /Play/ }).first().waitFor();
    await shoot(page, `browse-${size}`);
    await page.locator(".shelf").nth(1).scrollIntoViewIfNeeded();
    await page.mouse.wheel(0, height * 0.7);
    await page.locator(".card").nth(2).focus();
    await page.waitForLoadState("networkidle");
    await shoot(page, `rows-${size}`);
    for (const [name, card] of [["film", film], ["series", cards.find((one) => one.kind === "series")?.title_id], ["arriving", cards.find((one) => !one.playable)?.title_id]] as const) {
      if (card === undefined) continue;
      await page.goto(`/title/${card}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      await shoot(page, `${name}-${size}`);
    }
    await shootWatching(page, film, `watch-${size}`);
    await page.goto("/nothing-here");
    await shoot(page, `not-found-${size}`);
    await shootStudio(page, film, size);
    await context.close();
  });
});
