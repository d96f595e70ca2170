import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { enterHouse, expectAccessible, openBrowser, openMock, until, visit, WIDTHS, type Visit } from "./browser";
import { ADMIN, MEMBER, person } from "./mock/people";
import type { Mock } from "./mock/server";

const HELPER = "help@example.org";

let browser: Browser;
let mock: Mock;
let open: Visit | null = null;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await openMock(null);
  mock.identity.people.push(person(HELPER, "Hal", { role: "support" }));
  mock.billing.run("standard");
});
afterEach(async () => {
  await open?.close();
  open = null;
  await mock.close();
});

async function office(path: string, email = ADMIN, size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visit(browser, mock.origin, size);
  await enterHouse(open.page, mock.origin, email, null);
  await open.page.goto(mock.origin + path);
  return open.page;
}

const PAGES: [name: string, path: string, heading: string, ready: string][] = [
  ["members", "/admin/members", "Members", MEMBER],
  ["member", `/admin/members/a-${MEMBER}`, MEMBER, "The Tide Keeper"],
  ["streams", "/admin/streams", "Streams", "The Tide Keeper"],
  ["plans", "/admin/plans", "Plans", "Premium"],
  ["coupons", "/admin/coupons", "Coupons and gifts", "HALF"],
  ["ledger", "/admin/ledger", "Ledger", "Invoice numbers have no gaps"],
  ["audit", "/admin/audit", "Audit", "Role changed"],
  ["mailbox", "/mailbox", "Mailbox", "Your receipt"],
  ["mail", "/mailbox/2", "Confirm your address", "As plain text"],
];

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it("every page of the office is accessible and fits", async () => {
    mock.office.violations = [{ invariant: "one-payment-under-way", subject: "a-1", found: "2" }, { invariant: "brand-new-rule", subject: "x", found: "y" }];
    const page = await office("/admin", ADMIN, size);
    for (const [name, path, heading, ready] of PAGES) {
      await page.goto(mock.origin + path);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      await page.getByText(ready).first().waitFor();
      await expectAccessible(page, name);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), name).toBeLessThanOrEqual(0);
    }
    expect(open?.problems).toEqual([]);
  });

  it("its dialogs are accessible", async () => {
    const page = await office("/admin/plans", ADMIN, size);
    await page.getByRole("button", { name: "New plan" }).click();
    await page.getByRole("button", { name: "Make the plan" }).waitFor();
    await expectAccessible(page, "plan form");
    await page.goto(`${mock.origin}/admin/coupons`);
    await page.getByRole("button", { name: "New coupon" }).click();
    await page.getByRole("button", { name: "Make the coupon" }).waitFor();
    await expectAccessible(page, "coupon form");
    await page.goto(`${mock.origin}/admin/members/a-${MEMBER}`);
    await page.getByRole("button", { name: /^Refund/ }).click();
    await page.getByLabel("Reason").waitFor();
    await expectAccessible(page, "refund");
  });
});

describe("doors", () => {
  it("sends strangers to sign in and back, and keeps members out", async () => {
    open = await visit(browser, `${mock.origin}/admin/members`);
    await open.page.waitForURL("**/sign-in?return_to=%2Fadmin%2Fmembers");
    await open.close();
    const page = await office("/admin/members", MEMBER);
    await page.getByRole("heading", { name: "This is the house’s office" }).waitFor();
    expect(mock.seen["admin-accounts"]).toBeUndefined();
  });

  it("shows support what support may do, and nothing more", async () => {
    const page = await office(`/admin/members/a-${MEMBER}`, HELPER);
    await page.getByRole("button", { name: "Send a reset link" }).waitFor();
    await page.getByText("Visa •••• 4242").first().waitFor();
    expect(await page.getByRole("button", { name: /Change the role|Close the account|Refund|Give credit/ }).count()).toBe(0);
    expect(await page.getByRole("navigation", { name: "House" }).getByRole("link").allTextContents()).toEqual(["Members", "Streams"]);
    await page.goto(`${mock.origin}/admin/ledger`);
    await page.getByRole("heading", { name: "This is the house’s office" }).waitFor();
  });
});

describe("members", () => {
  it("finds one, gives another role after asking, closes and reopens", async () => {
    const page = await office("/admin/members");
    await page.getByLabel("Find by e-mail or name").fill("ada");
    await until(page, () => document.querySelectorAll("[data-testid=member]").length === 1);
    await page.getByRole("link", { name: MEMBER }).click();
    await page.getByRole("heading", { level: 1, name: MEMBER }).waitFor();
    await page.getByRole("button", { name: "Change the role" }).click();
    await page.getByRole("combobox", { name: "Role" }).selectOption("editor");
    await page.getByRole("button", { name: "Make editor" }).click();
    await page.getByRole("definition").filter({ hasText: "Editor" }).waitFor();
    await page.getByRole("button", { name: "Close the account" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Close the account" }).click();
    await page.getByText("Closed", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Reopen the account" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reopen the account" }).click();
    await page.getByText("Open again.").waitFor();
    expect(mock.office.done.map((one) => one.what)).toEqual(["role", "close", "reopen"]);
  });

  it("gives back part of a payment, never more than is left", async () => {
    const page = await office(`/admin/members/a-${MEMBER}`);
    await page.getByRole("button", { name: /^Refund €9.99/ }).click();
    await page.getByLabel("Amount in EUR").fill("10");
    await page.getByText("At most €9.99 is left of it.").waitFor();
    await page.getByLabel("Amount in EUR").fill("4,50");
    await page.getByLabel("Reason").fill("Picture broke off");
    await page.getByRole("button", { name: "Give back €4.50" }).click();
    await page.getByText("€4.50 given back").waitFor();
    expect(mock.office.done).toMatchObject([{ what: "refund", body: { amount: 450, reason: "Picture broke off" } }]);
    expect(mock.office.done[0]?.key).toMatch(/^[0-9a-f]{32}-450$/);
  });

  it("shows what came of money that was given back", async () => {
    const at = "2026-05-01T10:00:00Z";
    const given = { payment_id: "pay-1", amount: 450, currency: "EUR", started_at: at, decline_code: "" };
    mock.office.refunds = [
      { ...given, refund_id: "r-1", reason: "Picture broke off", state: "pending" },
      { ...given, refund_id: "r-2", reason: "No sound", state: "failed", decline_code: "account-closed" },
    ];
    const page = await office(`/admin/members/a-${MEMBER}`);
    await page.getByRole("heading", { name: "Refunds" }).waitFor();
    await page.getByTestId("refund").filter({ hasText: "Picture broke off" }).getByText("At the bank").waitFor();
    await page.getByTestId("refund").filter({ hasText: "No sound · account closed" }).getByText("Came back").waitFor();
    await expectAccessible(page, "refunds");
  });

  it("stops a stream", async () => {
    const page = await office("/admin/streams");
    await page.getByRole("button", { name: "Stop The Tide Keeper" }).click();
    await page.getByText("Nothing plays right now.").waitFor();
  });
});

describe("offers", () => {
  it("changes only what was changed of a plan, at the version that was seen", async () => {
    const page = await office("/admin/plans");
    await page.getByRole("button", { name: "Change Standard" }).click();
    await page.getByLabel("Price a month in EUR").fill("10.99");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("€10.99").waitFor();
    expect(mock.office.done).toEqual([{ what: "plan", body: { prices: { EUR: 1099, USD: 1099 } }, key: '"1"' }]);
  });

  it("makes a coupon, turns it off and on, and makes gifts that are shown once", async () => {
    const page = await office("/admin/coupons");
    await page.getByRole("button", { name: "New coupon" }).click();
    await page.getByRole("textbox", { name: "Code" }).fill("spring 5");
    await page.getByLabel("Takes off").selectOption("EUR");
    await page.getByLabel("Amount in EUR").fill("5.00");
    await page.getByRole("button", { name: "Make the coupon" }).click();
    await page.getByText("€5.00 off the first month").waitFor();
    await page.getByRole("button", { name: "Turn off SPRING5" }).click();
    await page.getByRole("button", { name: "Turn on SPRING5" }).click();
    await page.getByRole("button", { name: "Turn off SPRING5" }).waitFor();
    await page.getByLabel("How many").fill("2");
    await page.getByRole("button", { name: "Make codes" }).click();
    await page.getByText("not shown again").waitFor();
    expect(await page.getByRole("list", { name: "Gift codes" }).getByRole("listitem").count()).toBe(2);
  });
});

describe("the books", () => {
  it("says that all rules hold, and names what breaks one", async () => {
    const page = await office("/admin/ledger");
    await page.getByText("All hold").waitFor();
    await page.getByText("Balanced").waitFor();
    mock.office.violations = [{ invariant: "nobody-is-forgotten", subject: "a-7", found: "1" }];
    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByText("1 broken").waitFor();
    await page.getByText("a-7: 1").waitFor();
  });
});

describe("the mailbox", () => {
  it("shows a letter with its looks and links and without its scripts", async () => {
    const page = await office("/mailbox");
    await page.getByRole("link", { name: "Confirm your address" }).click();
    const letter = page.frameLocator("iframe.letter");
    const words = letter.getByText("Welcome to Matinee");
    await words.waitFor();
    await until(page, () => {
      const inside = document.querySelector<HTMLIFrameElement>("iframe.letter")?.contentDocument?.querySelector(".card");
      return inside !== null && inside !== undefined && getComputedStyle(inside).fontSize === "20px" && getComputedStyle(inside).color === "rgb(140, 31, 47)";
    });
    expect(await letter.getByText("Bad").getAttribute("href")).toBeNull();
    await until(page, () => document.title === "Confirm your address · Matinee");
    const [opened] = await Promise.all([page.context().waitForEvent("page"), letter.getByRole("link", { name: "Confirm your address" }).click()]);
    expect(opened.url()).not.toBe(page.url());
    expect(open?.problems).toEqual([]);
  });
});
