import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { enterHouse, expectAccessible, openBrowser, openMock, settled, until, visit, visitHouse, WIDTHS, type Visit } from "./browser";
import { ADMIN, CAREFUL, MEMBER, PASSWORD, RECOVERY, TOTP } from "./mock/people";
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

async function at(path: string, size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visit(browser, mock.origin + path, size);
  return open.page;
}

async function inside(path: string, size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visitHouse(browser, mock.origin, path, size);
  return open.page;
}

async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Send the account step, and pass the plan's where the house has one. */
async function goOnJoining(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^(Join|Go on)$/ }).click();
  await page.getByRole("heading", { level: 1, name: /Choose your plan|Check your mail/ }).or(page.getByRole("alert")).first().waitFor();
  if ((await page.getByRole("heading", { level: 1, name: "Choose your plan" }).count()) > 0) await page.getByRole("button", { name: "Go on" }).click();
}

const DOORS: [path: string, heading: string][] = [
  ["/join", "Take a seat"],
  ["/sign-in", "Sign in"],
  ["/reset", "New password"],
  ["/reset#token=abc", "New password"],
  ["/verify", "Confirm your address"],
  ["/verify#token=abc", "Welcome in"],
  ["/account/email#token=abc", "Change the address"],
  ["/tv", "Watch on this screen"],
  ["/setup", "This house is taken"],
];
const ROOMS: [path: string, heading: string][] = [
  ["/profiles", "Who’s watching?"],
  ["/profiles/manage", "Manage profiles"],
  ["/account", "Account"],
  ["/account/profiles", "Profiles"],
  ["/account/devices", "Devices"],
  ["/account/security", "Security"],
  ["/account/data", "Your data"],
  ["/pair", "Connect a television"],
];

async function expectFits(page: Page, path: string, heading: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  await settled(page);
  await expectAccessible(page, path);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0);
}

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it("every door is accessible and fits", async () => {
    for (const [path, heading] of DOORS) {
      const { page, problems, close } = await visit(browser, mock.origin + path, size);
      await expectFits(page, path, heading);
      expect(problems).toEqual([]);
      await close();
    }
  });

  it("every room of the account is accessible and fits", async () => {
    const page = await inside("/account", size);
    for (const [path, heading] of ROOMS) {
      await page.goto(mock.origin + path);
      await expectFits(page, path, heading);
    }
    await page.getByLabel("Code on the television").waitFor();
    await enterHouse(page, mock.origin, MEMBER, "p-mia");
    await page.goto(mock.origin);
    await expectFits(page, "kids", "Hello, Mia!");
    expect(open?.problems).toEqual([]);
  });
});

describe("joining", () => {
  it("goes from the front to the gate, with the service's reasons at the password", async () => {
    const page = await at("/");
    await page.getByRole("link", { name: "Join Matinee" }).click();
    await page.getByLabel("Your name").fill("Nora");
    await page.getByLabel("E-mail").fill("nora@example.org");
    await page.getByLabel("Password", { exact: true }).fill("password1234");
    await goOnJoining(page);
    await page.getByText("That password is on the lists of leaked ones.").first().waitFor();
    await until(page, () => document.activeElement?.getAttribute("role") === "alert");
    expect(await page.getByLabel("Password", { exact: true }).getAttribute("aria-invalid")).toBe("true");
    await expectAccessible(page, "join with a refused password");
    expect(await page.getByLabel("E-mail").inputValue()).toBe("nora@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByText("Strong").waitFor();
    await goOnJoining(page);
    await page.getByRole("heading", { level: 1, name: "Check your mail" }).waitFor();
    await page.goto(`${mock.origin}/verify#token=${mock.identity.mails[0]?.token ?? ""}`);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await page.waitForURL((url) => url.pathname === "/profiles" || url.pathname === "/join/payment");
    await page.waitForURL((url) => !url.href.includes("token"));
  });

  it("takes a link's token out of the address, and says when it is used up", async () => {
    const page = await at("/verify#token=gone");
    await page.getByRole("heading", { level: 1, name: "Welcome in" }).waitFor();
    await page.waitForURL(`${mock.origin}/verify`);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await page.getByText("That link does not work").waitFor();
    await page.getByRole("button", { name: "Send another link" }).waitFor();
  });

  it("asks who opens a link elsewhere for the password of the sign-up", async () => {
    const page = await at("/join");
    await page.request.post(`${mock.origin}/api/v1/accounts`, { data: { email: "elsewhere@example.org", password: PASSWORD, name: "Nora" } });
    await page.goto(`${mock.origin}/verify#token=${mock.identity.mails[0]?.token ?? ""}`);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await page.getByRole("heading", { level: 1, name: "Your password, please" }).waitFor();
    await expectAccessible(page, "verify elsewhere");
    await page.getByLabel("Password", { exact: true }).fill("not that one");
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await page.getByText("That is not the password that was chosen at sign-up.").waitFor();
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await page.waitForURL((url) => url.pathname === "/profiles" || url.pathname === "/join/payment");
  });

  it("sets up a new house once", async () => {
    mock.identity.claimed = false;
    const page = await at("/");
    await page.getByRole("link", { name: "Set it up" }).click();
    await page.getByLabel("Set-up code").fill("set-up-code");
    await page.getByLabel("Your name").fill("Grace");
    await page.getByLabel("E-mail").fill("grace@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Take over the house" }).click();
    await page.getByRole("heading", { level: 1, name: "Who’s watching?" }).waitFor();
    await page.getByRole("link", { name: "Studio" }).waitFor();
  });
});

describe("signing in", () => {
  it("says that it did not match, by keyboard alone, and comes back to where it was asked for", async () => {
    const page = await at("/account/devices");
    await page.getByLabel("E-mail").fill(MEMBER);
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That did not match").waitFor();
    await until(page, () => document.activeElement?.getAttribute("role") === "alert");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Devices" }).waitFor();
    expect(await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]))).not.toContain("session-");
    expect(await page.evaluate(() => document.cookie)).toBe("");
  });

  it("never leads away from this site (test_attack_22)", async () => {
    for (const target of ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]) {
      const { page, close } = await visit(browser, `${mock.origin}/sign-in?return_to=${encodeURIComponent(target)}`);
      await signIn(page, MEMBER);
      await page.waitForURL(`${mock.origin}/profiles`);
      await close();
    }
  });

  it("asks for the second step, and takes a recovery code", async () => {
    const page = await at("/sign-in");
    await signIn(page, CAREFUL);
    await page.getByLabel("Code of your authenticator app").fill("000000");
    await page.keyboard.press("Enter");
    await page.getByText("The code is not right").waitFor();
    await expectAccessible(page, "second step");
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill(RECOVERY);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor();
    expect(TOTP).not.toBe("000000");
  });

  it("counts a wait down", async () => {
    const page = await at("/sign-in");
    await signIn(page, "slow@example.org");
    await page.getByText(/Try again in 2\d seconds/).waitFor();
  });

  it("offers what fills in passwords and passkeys the right names", async () => {
    const page = await at("/sign-in");
    expect(await page.getByLabel("E-mail").getAttribute("autocomplete")).toBe("username webauthn");
    expect(await page.getByLabel("Password", { exact: true }).getAttribute("autocomplete")).toBe("current-password webauthn");
    expect(await page.getByRole("link", { name: "Go on with Example ID" }).getAttribute("href")).toBe("/api/v1/session/oidc/example/start?return_to=%2F&purpose=sign-in");
  });

  it("sets a new password with the link of a mail", async () => {
    const page = await at("/reset");
    await page.getByLabel("E-mail").fill(MEMBER);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByRole("heading", { level: 1, name: "Look at your mail" }).waitFor();
    await page.goto(`${mock.origin}/reset#token=${mock.identity.mails[0]?.token ?? ""}`);
    await page.reload();
    await page.goto(`${mock.origin}/reset#token=${mock.identity.mails[0]?.token ?? ""}`);
    await page.getByLabel("Password", { exact: true }).fill("seven quiet projectors");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("link", { name: "Sign in", exact: true }).last().click();
    await signIn(page, MEMBER, "seven quiet projectors");
    await page.getByRole("heading", { level: 1, name: "Who’s watching?" }).waitFor();
  });
});

describe("the session", () => {
  it("is renewed when its token has run out, without anybody noticing", async () => {
    const page = await inside("/account");
    await page.getByRole("heading", { level: 1, name: "Account" }).waitFor();
    mock.identity.expire();
    // The overview asks for the devices already, so a page of things that nobody has asked for yet.
    await page.getByRole("link", { name: "Security", exact: true }).click();
    await expect.poll(() => mock.identity.refreshes, { timeout: 10_000 }).toBe(1);
    await page.getByRole("heading", { level: 1, name: "Security" }).waitFor();
  });

  it("ends in the open when it was ended elsewhere", async () => {
    const page = await inside("/account");
    await page.getByRole("heading", { level: 1, name: "Account" }).waitFor();
    mock.identity.endAll();
    await page.getByRole("link", { name: "Devices", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    await page.waitForURL("**/sign-in?return_to=%2Faccount%2Fdevices");
  });

  it("lets editors and administrators into the studio without the key", async () => {
    const page = await at("/favicon.svg");
    await enterHouse(page, mock.origin, ADMIN, null);
    await page.goto(mock.origin);
    await page.getByRole("link", { name: "Studio" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
  });
});

describe("profiles", () => {
  it("asks who is watching, takes a pasted PIN, and tells a wrong one", async () => {
    const page = await at("/title/t-moss");
    await enterHouse(page, mock.origin, MEMBER, null);
    await page.goto(`${mock.origin}/title/t-moss`);
    await page.getByRole("button", { name: /Ben/ }).click();
    const pin = page.getByLabel("PIN", { exact: true });
    await until(page, () => document.activeElement?.matches("input") === true);
    await pin.fill("0000");
    await page.keyboard.press("Enter");
    await page.getByText("Try again, or use the password of the account.").waitFor();
    await expectAccessible(page, "wrong PIN");
    await pin.fill("");
    await page.getByRole("button", { name: "4", exact: true }).click();
    await page.getByRole("button", { name: "7", exact: true }).click();
    await page.getByRole("button", { name: "1", exact: true }).dblclick();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("heading", { level: 1, name: "Moss" }).waitFor();
  });

  it("keeps children in their room until a grown-up lets them out", async () => {
    const page = await inside("/");
    await page.getByRole("button", { name: /Ada/ }).click();
    await page.getByRole("link", { name: "Mia" }).click();
    await page.getByRole("heading", { level: 1, name: "Hello, Mia!" }).waitFor();
    await page.getByRole("button", { name: /Mia/ }).click();
    expect(await page.getByRole("link", { name: "Account" }).count()).toBe(0);
    await page.goto(`${mock.origin}/account`);
    await page.getByRole("heading", { level: 1, name: "This is for grown-ups" }).waitFor();
    await page.goto(`${mock.origin}/profiles`);
    await page.getByRole("button", { name: "Ada" }).click();
    await page.getByLabel("Password of the account").fill(PASSWORD);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("heading", { level: 1, name: "The Tide Keeper" }).waitFor();
  });

  it("are made, changed, locked and deleted", async () => {
    mock.identity.sudo = true;
    const page = await inside("/profiles/manage");
    await page.getByRole("button", { name: "Add a profile" }).click();
    await page.getByLabel("Name").fill("Zoe");
    await page.getByRole("switch", { name: /child’s profile/ }).check();
    await page.getByRole("radio", { name: "Tiger" }).check();
    await page.getByRole("button", { name: "Set a PIN" }).click();
    await page.getByLabel("New PIN").fill("12 34");
    await expectAccessible(page, "profile form");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Change Zoe" }).waitFor();
    const made = mock.identity.people[0]?.profiles.at(-1);
    expect(made).toMatchObject({ name: "Zoe", avatar: "tiger", kids: true, maturity: 7, pin: "1234" });
    await page.getByRole("button", { name: "Change Zoe" }).click();
    await page.getByRole("button", { name: "Delete this profile" }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByRole("button", { name: "Change Zoe" }).waitFor({ state: "detached" });
    await expect.poll(() => mock.identity.people[0]?.profiles).toHaveLength(3);
  });

  it("are reached with a remote control", async () => {
    const page = await at("/favicon.svg", WIDTHS[2]);
    await enterHouse(page, mock.origin, MEMBER, null);
    await page.goto(mock.origin);
    await page.getByRole("button", { name: /Ben/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await until(page, () => document.activeElement?.textContent.includes("Ben"));
    await page.keyboard.press("Enter");
    await until(page, () => document.activeElement?.matches(".pin input") === true);
    await page.keyboard.press("ArrowDown");
    await until(page, () => ["1", "2", "3"].includes(document.activeElement?.textContent ?? ""));
    await page.keyboard.press("ArrowDown");
    await until(page, () => ["4", "5", "6"].includes(document.activeElement?.textContent ?? ""));
  });
});
