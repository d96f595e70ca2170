import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { enterStudio, expectAccessible, openBrowser, openMock, visit, type Visit } from "./browser";
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
});
afterEach(async () => {
  await open.close();
  await mock.close();
});

function film(name: string, bytes: number) {
  return { name, mimeType: "video/mp4", buffer: Buffer.alloc(bytes, 7) };
}

describe("signing in", () => {
  it("says that a key is wrong, and takes the right one by keyboard", async () => {
    const { page } = open;
    await page.getByLabel("Operator key").fill("nonsense");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the operator key").waitFor();
    await page.getByLabel("Operator key").fill(OPERATOR_KEY);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Studio" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Operator key").waitFor();
  });

  it("asks again when the session has ended elsewhere", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Titles" }).click();
    await page.getByLabel("Operator key").waitFor({ timeout: 15_000 });
  });
});

describe("uploading", () => {
  it("sends a film with its subtitles and leads to the job", async () => {
    const { page, problems } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.getByTestId("file-input").setInputFiles([film("my film.mp4", 3_000_000), { name: "my film.de.srt", mimeType: "text/plain", buffer: Buffer.from("1\n00:00:01,000 --> 00:00:02,000\nHallo\n") }]);
    const line = page.getByTestId("upload");
    await line.getByText("with my film.de.srt").waitFor();
    await line.getByRole("link", { name: "Follow the job" }).click();
    await page.getByRole("heading", { level: 1, name: "uploaded.mp4" }).waitFor();
    expect(mock.seen["create-upload"]).toBe(2);
    expect(problems).toEqual([]);
  });

  it("tells of a lost connection, and goes on where it was after resume", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.route("**/api/v1/uploads/*", (route) => (route.request().method() === "PATCH" ? route.abort() : route.fallback()));
    await page.getByTestId("file-input").setInputFiles([film("big.mp4", 2_000_000)]);
    await page.getByTestId("upload").getByRole("button", { name: "Pause big.mp4" }).click();
    await page.getByText("Paused at").waitFor();
    await expectAccessible(page, "paused upload");
    await page.unroute("**/api/v1/uploads/*");
    await page.getByRole("button", { name: "Resume big.mp4" }).click();
    await page.getByRole("link", { name: "Follow the job" }).waitFor();
    expect(mock.seen["create-upload"]).toBe(1);
  });

  it("survives a reload: the same file goes on with the same upload", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.route("**/api/v1/uploads/*", (route) => (route.request().method() === "PATCH" ? route.abort() : route.fallback()));
    const folder = mkdtempSync(join(tmpdir(), "matinee-web-"));
    const path = join(folder, "again.mp4");
    writeFileSync(path, Buffer.alloc(1_000_000, 7));
    await page.getByTestId("file-input").setInputFiles(path);
    await page.getByTestId("upload").waitFor();
    await expect.poll(() => mock.seen["create-upload"]).toBe(1);
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith("tus::")))).toBe(true);
    await page.reload();
    await page.getByText(/Choose the same file again/).waitFor();
    await page.unroute("**/api/v1/uploads/*");
    await page.getByTestId("file-input").setInputFiles(path);
    await page.getByRole("link", { name: "Follow the job" }).waitFor();
    expect(mock.seen["create-upload"]).toBe(1);
    await page.getByTestId("unfinished").waitFor({ state: "detached" });
    rmSync(folder, { recursive: true });
  });

  it("cancels, and warns of subtitles without a film", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.route("**/api/v1/uploads/*", (route) => (route.request().method() === "PATCH" ? route.abort() : route.fallback()));
    await page.getByTestId("file-input").setInputFiles([film("wrong.mp4", 1_000_000)]);
    await page.getByRole("button", { name: "Cancel wrong.mp4" }).click();
    await page.getByTestId("upload").waitFor({ state: "detached" });
    await page.getByTestId("file-input").setInputFiles([{ name: "alone.srt", mimeType: "text/plain", buffer: Buffer.from("x") }]);
    await page.getByText("No film came with alone.srt").waitFor();
  });
});

describe("jobs", () => {
  it("shows chunks as a picture with words, and offers to watch early", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.getByRole("link", { name: "the long way to the sea — final (2).mp4", exact: true }).click();
    await page.getByRole("img", { name: "720p H.264: 28 chunks: 6 done, 2 running, 20 waiting" }).waitFor();
    await page.getByRole("link", { name: "Watch now" }).waitFor();
    await page.getByText("It will be turned down to −23 LUFS.").waitFor();
  });

  it("says which step and chunk failed and what the tool said, and tries again", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.getByRole("link", { name: "ember.road.mkv" }).click();
    await page.getByText("Encode · h264_720p · chunk 8").waitFor();
    await page.getByText("Conversion failed!").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("In the works").waitFor();
  });

  it("asks before it cancels", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.goto(`${mock.origin}/studio/jobs/j-running`);
    await page.getByRole("button", { name: "Cancel" }).click();
    await expectAccessible(page, "cancel dialog");
    await page.getByRole("button", { name: "Keep going" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Stop the job" }).click();
    await page.getByText("Stopped by an operator.").waitFor();
  });
});

describe("titles", () => {
  it("edits, publishes, and chooses artwork", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.goto(`${mock.origin}/studio/titles/t-moss`);
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Moss, restored");
    await page.getByLabel("Audience", { exact: true }).selectOption("operators");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Moss, restored" }).waitFor();
    expect(mock.titles.find((title) => title.title_id === "t-moss")).toMatchObject({ name: "Moss, restored", audience: "operators", synopsis: "Seven years in the life of a stone." });
    await page.getByRole("button", { name: "Use frame 2 as poster" }).click();
    await expect.poll(() => mock.titles.find((title) => title.title_id === "t-moss")?.artwork).toHaveProperty("poster", "/api/v1/titles/t-moss9/artwork/poster?v=3");
    await page.goto(`${mock.origin}/studio/titles`);
    await page.getByRole("button", { name: "Unpublish Neon Orchard" }).click();
    await page.getByRole("button", { name: "Publish Neon Orchard" }).waitFor();
    await expect.poll(() => mock.titles.find((title) => title.title_id === "t-neon")?.listed).toBe(false);
  });

  it("makes an episode, and deletes it only after asking", async () => {
    const { page } = open;
    await enterStudio(page, OPERATOR_KEY);
    await page.goto(`${mock.origin}/studio/titles`);
    await page.getByRole("button", { name: "New title" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Last Reel");
    await page.getByLabel("Kind").selectOption("episode");
    await page.getByLabel("Series").selectOption({ label: "Night Shift at the Odeon" });
    await page.getByLabel("Season").fill("3");
    await expectAccessible(page, "new title");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("heading", { level: 1, name: "Last Reel" }).waitFor();
    expect(mock.titles[0]).toMatchObject({ name: "Last Reel", kind: "episode", series_id: "t-series", season_number: 3, episode_number: 1 });
    await page.getByRole("button", { name: "Delete this title" }).click();
    await page.getByRole("button", { name: "Keep it" }).click();
    expect(mock.titles[0]?.name).toBe("Last Reel");
    await page.getByRole("button", { name: "Delete this title" }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.waitForURL("**/studio/titles");
    await expect.poll(() => mock.titles.some((title) => title.name === "Last Reel")).toBe(false);
  });
});
