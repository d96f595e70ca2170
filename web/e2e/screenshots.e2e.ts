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

  async function ask<T>(page: Page, method: "GET" | "POST" | "PUT", path: string, data?: unknown): Promise<T> {
    const headers = { origin: service ?? "", "sec-fetch-site": "same-origin", ...(path.startsWith("/api/v1/mailbox") ? { authorization: `Bearer ${key ?? ""}` } : {}) };
    const answer = await page.request.fetch(path, { method, headers, ...(data === undefined ? {} : { data }) });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()}`);
    return (await answer.body()).length === 0 ? (undefined as T) : ((await answer.json()) as T);
  }

  async function mailedToken(page: Page, email: string): Promise<string> {
    for (const ends = Date.now() + 20_000; Date.now() < ends; ) {
      const mails = await ask<{ items: { to: string; text: string }[] }>(page, "GET", "/api/v1/mailbox?limit=50");
      const found = mails.items.filter((mail) => mail.to === email).map((mail) => /#token=([\w-]+)/.exec(mail.text)?.[1]);
      if (found[0] !== undefined) return found[0];
    }
    throw new Error(`no mail came for ${email}`);
  }

  /** Somebody who has just joined, sits as the first profile, keeps two titles and has begun a film. */
  async function sitDown(page: Page, film: string, size: string): Promise<void> {
    const member = { email: `pictures-${size}-${Date.now()}@example.org`, password: "violet tram umbrella", name: "Nora", territory: "DE" };
    await page.goto("/sign-in");
    await ask(page, "POST", "/api/v1/accounts", member);
    const token = await mailedToken(page, member.email);
    const view = await ask<{ profiles: { profile_id: string }[] }>(page, "POST", "/api/v1/accounts/verification", { token, password: member.password });
    await ask(page, "POST", "/api/v1/session/profile", { profile_id: view.profiles[0]?.profile_id });
    for (const card of cards.slice(0, 4)) await ask(page, "PUT", `/api/v1/my-list/${card.title_id}`);
    const grant = await ask<{ session_id: string }>(page, "GET", `/api/v1/stream?movie_id=${film}`);
    await ask(page, "POST", "/api/v1/stream/progress", { session_id: grant.session_id, movie_id: film, position_seconds: 9, state: "paused" });
  }

  async function shootMember(film: string, width: number, height: number, size: string): Promise<void> {
    const { context, page } = await openAt(width, height);
    await sitDown(page, film, size);
    for (const [name, path] of [["home", "/"], ["search", "/search?q=tide"], ["my-list", "/my-list"], ["history", "/history"]] as const) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.waitForLoadState("networkidle");
      await shoot(page, `${name}-${size}`);
    }
    await context.close();
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
    for (const [name, path] of [["imports", "/studio/imports"], ["operations", "/admin/operations"]] as const) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      if (name === "operations") await page.locator(".ops-tiles > li").nth(5).waitFor();
      await shoot(page, `${name}-${size}`);
    }
    await context.close();
    await shootMember(film, width, height, size);
  });
});
