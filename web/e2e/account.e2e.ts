import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { expectAccessible, openBrowser, openMock, visit, visitHouse, WIDTHS, type Visit } from "./browser";
import { MEMBER, PASSWORD } from "./mock/people";
import type { Mock } from "./mock/server";

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

async function inside(path: string, origin = mock.origin): Promise<Page> {
  open = await visitHouse(browser, origin, path);
  return open.page;
}

const owner = () => mock.identity.people.find((one) => one.account.email === MEMBER);

describe("devices", () => {
  it("are named, signed out one by one, and all at once", async () => {
    const page = await inside("/account/devices");
    await page.getByRole("button", { name: "Rename Living room" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Big screen");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("strong", { hasText: "Big screen" }).waitFor();
    await page.getByRole("button", { name: "Sign out Firefox on Android" }).click();
    await page.locator("strong", { hasText: "Firefox on Android" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await expectAccessible(page, "sign out everywhere");
    await page.getByRole("button", { name: "Sign them out" }).click();
    await page.locator("strong", { hasText: "Big screen" }).waitFor({ state: "detached" });
    await expect.poll(() => owner()?.devices).toEqual([]);
  });
});

describe("security", () => {
  it("changes the password after one more proof", async () => {
    mock.identity.sudo = true;
    const page = await inside("/account/security");
    await page.getByRole("button", { name: /Change.*password/ }).click();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill("seven quiet projectors");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("heading", { name: "Is it really you?" }).waitFor();
    await expectAccessible(page, "one more proof");
    await page.getByLabel("Your password").fill("wrong");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("The password is not right.").waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("The new password counts from now on.").waitFor();
    expect(owner()?.password).toBe("seven quiet projectors");
  });

  it("leaves everything as it was when the proof is not given", async () => {
    mock.identity.sudo = true;
    const page = await inside("/account/security");
    await page.getByRole("button", { name: "Change the e-mail address" }).click();
    await page.getByLabel("New e-mail address").fill("new@example.org");
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByRole("button", { name: "Not now" }).click();
    await page.getByText("Confirm with your password first.").waitFor();
  });

  it("turns the second step on, keeps the recovery codes, and turns it off", async () => {
    const page = await inside("/account/security");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Add an authenticator app" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    expect(await page.getByRole("img", { name: /QR code/ }).evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
    await expectAccessible(page, "second step set-up");
    await page.getByLabel("Code of the app").fill("111111");
    await page.getByRole("button", { name: "Turn it on" }).click();
    await page.getByText("Wait for the next code and try again.").waitFor();
    await page.getByLabel("Code of the app").fill("135 790");
    await page.getByRole("button", { name: "Turn it on" }).click();
    await page.getByTestId("recovery-codes").waitFor();
    expect(await page.getByTestId("recovery-codes").getByRole("listitem").count()).toBe(10);
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied.").waitFor();
    expect((await page.evaluate(() => navigator.clipboard.readText())).split("\n")).toEqual(owner()?.recovery);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("matinee-recovery-codes.txt");
    await expectAccessible(page, "recovery codes");
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByRole("button", { name: "Turn it off" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Turn it off" }).click();
    await page.getByRole("button", { name: "Add an authenticator app" }).waitFor();
    await expect.poll(() => owner()?.totp).toBeNull();
  });

  it("adds a passkey, signs in with it, renames and removes it", async () => {
    // Passkeys belong to a name, and an address of numbers is none.
    const named = mock.origin.replace("127.0.0.1", "localhost");
    const page = await inside("/account/security", named);
    const client = await page.context().newCDPSession(page);
    await client.send("WebAuthn.enable");
    await client.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Phone");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator("strong", { hasText: "Phone" }).waitFor();
    await page.getByRole("button", { name: "Rename Phone" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("My phone");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator("strong", { hasText: "My phone" }).waitFor();
    await expectAccessible(page, "passkeys");
    await page.getByRole("navigation", { name: "Account" }).getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in" }).click();
    const gate = page.getByRole("heading", { level: 1, name: "Who’s watching?" });
    const button = page.getByRole("button", { name: "Sign in with a passkey" });
    // What the browser fills in by itself may be faster than the press.
    await Promise.race([button.click({ timeout: 5_000 }).catch(() => undefined), gate.waitFor()]);
    await gate.waitFor();
    await page.goto(`${named}/account/security`);
    await page.getByRole("button", { name: "Remove My phone" }).click();
    await page.getByTestId("passkey").waitFor({ state: "detached" });
    await expect.poll(() => owner()?.passkeys).toEqual([]);
  });
});

describe("the account", () => {
  it("changes name and place", async () => {
    const page = await inside("/account");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByLabel("Name").fill("Ada Lovelace");
    await page.getByLabel("Where you live").selectOption({ label: "France" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Ada Lovelace").first().waitFor();
    expect(owner()?.account).toMatchObject({ name: "Ada Lovelace", territory: "FR" });
  });

  it("gives the data out, and erases it only after the word was written", async () => {
    const page = await inside("/account/data");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: /Download.*Account/ }).click();
    expect((await download).suggestedFilename()).toBe("matinee-account.json");
    await page.getByRole("button", { name: "Erase the account" }).click();
    const erase = page.getByRole("button", { name: "Erase for good" });
    expect(await erase.isDisabled()).toBe(true);
    await expectAccessible(page, "erase");
    await page.getByLabel(/to go on/).fill("erase");
    await page.getByLabel("Your password").fill("wrong");
    await erase.click();
    await page.getByText("The password is not right.").waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await erase.click();
    await page.getByRole("heading", { level: 1, name: "The lights go down when you sit down" }).waitFor();
    expect(owner()).toBeUndefined();
  });
});

describe("a television", () => {
  it("is let in by a code that somebody approves elsewhere", async () => {
    open = await visit(browser, `${mock.origin}/tv`, WIDTHS[2]);
    const shown = (await open.page.getByTestId("tv-code").locator("[aria-hidden]").textContent()) ?? "";
    const phone = await visitHouse(browser, mock.origin, "/pair", WIDTHS[0]);
    await phone.page.getByLabel("Code on the television").pressSequentially("zzzzzzzz");
    await phone.page.getByRole("button", { name: "Go on" }).click();
    await phone.page.getByText("No screen shows that code").waitFor();
    await phone.page.getByLabel("Code on the television").fill(shown.toLowerCase().replace("-", " "));
    await phone.page.getByRole("button", { name: "Go on" }).click();
    await phone.page.getByRole("heading", { level: 1, name: "Is this your screen?" }).waitFor();
    await expectAccessible(phone.page, "approve a screen");
    await phone.page.getByRole("button", { name: "Yes, connect it" }).click();
    await phone.page.getByRole("heading", { level: 1, name: "Connected" }).waitFor();
    await open.page.getByRole("heading", { level: 1, name: "Who’s watching?" }).waitFor();
    await phone.close();
  });

  it("is told when it was declined, and asks anew", async () => {
    open = await visit(browser, `${mock.origin}/tv`, WIDTHS[2]);
    await open.page.getByTestId("tv-code").waitFor();
    for (const asking of mock.identity.pairings.values()) asking.state = "denied";
    await open.page.getByRole("heading", { level: 1, name: "That was declined" }).waitFor();
    await open.page.getByRole("button", { name: "Another code" }).click();
    await open.page.getByTestId("tv-code").waitFor();
  });
});
