import { mkdirSync } from "node:fs";
import { resolve } from "node:path";

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { enterStudio, expectAccessible, openBrowser, openMock, visit, WIDTHS, type Visit } from "./browser";
import { OPERATOR_KEY, type Mock } from "./mock/server";

let browser: Browser;
let mock: Mock;
let open: Visit;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(null);
  open = await visit(browser, `${mock.origin}/studio`);
  await enterStudio(open.page, OPERATOR_KEY);
});
afterEach(async () => {
  expect(open.problems).toEqual([]);
  await open.close();
  await mock.close();
});

const CSV = { name: "titles.csv", mimeType: "text/csv", buffer: Buffer.from("title\nNight Mail\n") };

function stored(id: string): Record<string, unknown> {
  return mock.titles.find((title) => title.title_id === id) as unknown as Record<string, unknown>;
}

describe("everything that is told of a title", () => {
  it("is written by keyboard: people, genres, tags, ratings, parts, flags", async () => {
    const { page } = open;
    Object.assign(stored("t-moss"), { people: [], tags: [], ratings: [], languages: [] });
    await page.goto(`${mock.origin}/studio/titles/t-moss`);
    const form = page.getByRole("form", { name: "Title" });
    await form.getByLabel("Original name").fill("Mousse");
    await form.getByLabel("Release date").fill("2026-03-04");
    await form.getByLabel("Languages").fill("en, Deutsch");
    await form.getByText("Languages are codes such as en or pt-BR. Not: Deutsch.").first().waitFor();
    expect(await form.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await form.getByLabel("Languages").fill("en, de");
    await form.getByRole("checkbox", { name: "Crime" }).check();
    await form.getByLabel("Tags", { exact: true }).fill("Trains");
    await page.keyboard.press("Enter");
    await form.getByRole("button", { name: "Remove the tag Trains" }).waitFor();
    await form.getByRole("button", { name: "Add a person" }).click();
    await page.keyboard.type("lind");
    await form.getByRole("option", { name: "Tomás Lindqvist" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await form.getByLabel("Character").fill("The Driver");
    await form.getByRole("button", { name: "Add a person" }).click();
    await page.keyboard.type("Somebody New");
    await form.getByLabel("Role").nth(1).selectOption("director");
    await form.getByRole("button", { name: "Move Somebody New up" }).click();
    await form.getByRole("button", { name: "Add a rating" }).click();
    await form.getByLabel("Rating", { exact: true }).fill("PG-13");
    await form.getByRole("button", { name: "Add a part" }).click();
    await form.getByLabel("Until").first().fill("0:09");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Shift+ArrowUp");
    await form.getByRole("switch", { name: /Hot/ }).check();
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("Saved.").waitFor();
    const title = stored("t-moss");
    expect(title).toMatchObject({ original_name: "Mousse", released_on: "2026-03-04", languages: ["en", "de"], tags: ["Trains"], hot: true });
    expect(title.genres).toContain("Crime");
    expect(title.people).toEqual([
      { name: "Somebody New", role: "director", character: "", person_id: "" },
      { name: "Tomás Lindqvist", role: "actor", character: "The Driver", person_id: "pe-2" },
    ]);
    expect(title.ratings).toEqual([{ system: "mpa", label: "PG-13" }]);
    expect(title.markers).toEqual([{ kind: "intro", starts_seconds: 0, ends_seconds: 20 }]);
  });

  it("is kept as a draft, compared, edited, published", async () => {
    const { page } = open;
    await page.goto(`${mock.origin}/studio/titles/t-moss`);
    const form = page.getByRole("form", { name: "Title" });
    await form.getByLabel("Synopsis").fill("Another story.");
    await form.getByRole("button", { name: "Keep as a draft" }).click();
    const notice = page.getByRole("region", { name: "A draft waits" });
    await notice.getByRole("cell", { name: "Another story." }).waitFor();
    expect(stored("t-moss").synopsis).not.toBe("Another story.");
    await notice.getByRole("button", { name: "Edit the draft" }).click();
    await form.getByLabel("Year").fill("1999");
    await form.getByRole("button", { name: "Keep as a draft" }).click();
    await notice.getByRole("cell", { name: "1999" }).waitFor();
    await notice.getByRole("cell", { name: "Another story." }).waitFor();
    await notice.getByRole("button", { name: "Publish the draft" }).click();
    await notice.waitFor({ state: "detached" });
    await expect.poll(() => stored("t-moss")).toMatchObject({ synopsis: "Another story.", year: 1999 });
  });

  it("says when somebody else changed what a draft changes, and lets it go", async () => {
    const { page } = open;
    mock.studio.drafts.set("t-moss", { title_id: "t-moss", change: { name: "Lichen" }, base_version: 1, revision: 1, changed_at: new Date().toISOString(), conflicts: ["name"] });
    await page.goto(`${mock.origin}/studio/titles/t-moss`);
    const notice = page.getByRole("region", { name: "A draft waits" });
    await notice.getByText("changed by somebody else").waitFor();
    expect(await notice.getByRole("button", { name: "Publish the draft" }).isDisabled()).toBe(true);
    await notice.getByRole("button", { name: "Discard it" }).click();
    await notice.waitFor({ state: "detached" });
    await expect.poll(() => mock.studio.drafts.size).toBe(0);
  });
});

describe("imports", () => {
  it("try a file first and take it in when told to", async () => {
    const { page } = open;
    await page.getByRole("link", { name: "Imports" }).click();
    await page.getByTestId("import-file").setInputFiles(CSV);
    await page.getByRole("heading", { name: "What would happen" }).waitFor();
    await page.getByRole("row", { name: /3361 Consequences The same title stands on line 3204 already/ }).waitFor();
    expect(mock.studio.sent).toEqual([{ dry: true, source: "", audience: "members", bytes: CSV.buffer.byteLength }]);
    await page.getByLabel("Audience of new titles").selectOption("everyone");
    await page.waitForFunction(() => document.querySelector("[data-testid=import]") !== null);
    await page.getByRole("button", { name: "Import now" }).click();
    await page.getByRole("heading", { level: 1, name: "titles.csv" }).waitFor();
    await page.getByRole("heading", { name: "What happened" }).waitFor();
    expect(mock.studio.sent.at(-1)).toMatchObject({ dry: false, audience: "everyone" });
    await page.getByRole("link", { name: "The Long Way to the Sea" }).click();
    await page.getByRole("heading", { level: 1, name: "The Long Way to the Sea" }).waitFor();
  });

  it("say what is wrong with a file that is no list", async () => {
    const { page } = open;
    await page.goto(`${mock.origin}/studio/imports`);
    await page.getByTestId("import-file").setInputFiles({ ...CSV, buffer: Buffer.from("nothing") });
    await page.getByText("No column holds the titles' names.").waitFor();
    expect(await page.getByRole("button", { name: "Import now" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Put away" }).click();
    await page.getByText("The file is not well-formed XML: line 4.").waitFor();
  });

  it("find a film at TMDB and bring it", async () => {
    const { page } = open;
    await page.goto(`${mock.origin}/studio/imports`);
    const search = page.getByRole("search", { name: "TMDB" });
    await search.getByLabel("Name").fill("Night Mail");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Import Night Mail" }).click();
    await page.getByRole("heading", { level: 1, name: "TMDB" }).waitFor();
  });

  it("tell which setting TMDB needs", async () => {
    mock.studio.tmdb = false;
    await open.page.goto(`${mock.origin}/studio/imports`);
    await open.page.getByText("tmdb_api_key").waitFor();
  });
});

describe.each(WIDTHS)("at %d × %d", (width, height) => {
  it("every page is accessible and fits", async () => {
    const { page } = open;
    await page.setViewportSize({ width, height });
    mock.studio.drafts.set("t-moss", { title_id: "t-moss", change: { name: "Lichen", tags: ["Forest", "Slow"] }, base_version: 1, revision: 1, changed_at: new Date().toISOString(), conflicts: [] });
    Object.assign(stored("t-moss"), {
      people: [{ person_id: "p1", name: "Person One", role: "director", character: "" }, { person_id: "p2", name: "Person Two", role: "actor", character: "The Botanist" }],
      tags: ["Forest"],
      ratings: [{ system: "fsk", label: "6" }],
      markers: [{ kind: "intro", starts_seconds: 1, ends_seconds: 4 }, { kind: "credits", starts_seconds: 20, ends_seconds: 24 }],
    });
    for (const [name, path, ready] of [["title", "/studio/titles/t-moss", "Parts to skip"], ["imports", "/studio/imports", "Earlier imports"], ["import", "/studio/imports/i-earlier", "What happened"]] as const) {
      await page.goto(mock.origin + path);
      await page.getByText(ready).first().waitFor();
      if (name === "imports") {
        await page.getByTestId("import-file").setInputFiles(CSV);
        await page.getByRole("heading", { name: "What would happen" }).waitFor();
      }
      await expectAccessible(page, `${name} at ${width}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), name).toBeLessThanOrEqual(0);
      await shoot(`${name}-${width}`);
    }
  });
});

async function shoot(name: string): Promise<void> {
  const folder = process.env.MATINEE_SHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await open.page.screenshot({ path: resolve(folder, `${name}.png`), fullPage: true });
}
