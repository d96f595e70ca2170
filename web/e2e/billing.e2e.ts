import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { enterHouse, expectAccessible, openBrowser, openMock, until, visit, WIDTHS, type Visit } from "./browser";
import { CHALLENGE, DECLINED, inDays, OK } from "./mock/billing";
import type { Mock } from "./mock/server";

/** Stands where Stripe's script stands: a field of its own, and a token for what is written in it. */
const STRIPE_SCRIPT = `window.Stripe = (key) => ({
  _registerWrapper() {},
  registerAppInfo() {},
  elements: () => ({ create: () => {
    const input = document.createElement("input");
    input.setAttribute("aria-label", "Credit or debit card");
    return { input, mount: (place) => place.append(input), on: (name, tell) => queueMicrotask(tell), destroy: () => input.remove() };
  } }),
  createPaymentMethod: async ({ card }) => card.input.value.length < 16
    ? { error: { message: "Your card number is incomplete." } }
    : { paymentMethod: { id: "pm_of_" + card.input.value.slice(-4) } },
});`;

let browser: Browser;
let mock: Mock;
let open: Visit | null = null;

beforeAll(async () => {
  [browser, mock] = await Promise.all([openBrowser(), openMock(null)]);
});
afterAll(async () => {
  await browser.close();
  await mock.close();
});
afterEach(async () => {
  await open?.close();
  open = null;
  mock.billing.reset();
});

async function account(path: string, size: readonly [number, number] = WIDTHS[1]): Promise<Page> {
  open = await visit(browser, mock.origin, size);
  await enterHouse(open.page, mock.origin);
  await open.page.goto(mock.origin + path);
  await open.page.getByRole("heading", { level: 1, name: /Plan|Payment|Invoices/ }).waitFor();
  return open.page;
}

async function fillCard(page: Page, number: string): Promise<void> {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expires").fill("12/30");
  await page.getByLabel("Security code").fill("123");
}

async function fits(page: Page, where: string): Promise<void> {
  await expectAccessible(page, where);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), where).toBeLessThanOrEqual(0);
}

describe.each(WIDTHS)("at %d × %d", (...size) => {
  it("every page of money is accessible and fits, whatever the plan's state", async () => {
    const page = await account("/account/plan", size);
    await page.getByRole("radio", { name: /Standard/ }).waitFor();
    await fits(page, "no plan");
    await page.getByRole("button", { name: "Go on to payment" }).click();
    await page.getByLabel("Card number").waitFor();
    await page.getByText("Due now").waitFor();
    await page.getByText("Test mode").click();
    await fits(page, "checkout");
    await page.getByRole("button", { name: /Start 7 days free/ }).click();
    await page.getByText("Enter the security code.").waitFor();
    await fits(page, "checkout with errors");
    mock.billing.run("standard");
    for (const over of [{}, { cancel_at_period_end: true, next_charge: null }, { pending_plan: mock.billing.plans[0] }, { state: "past_due", amount_owed: 999, grace_until: inDays(9), next_retry_at: inDays(2) }, { state: "paused", paused: true, next_charge: null }]) {
      mock.billing.run("standard", over);
      await page.goto(`${mock.origin}/account/plan`);
      await page.getByRole("heading", { level: 2, name: "Standard" }).waitFor();
      await fits(page, JSON.stringify(over));
    }
    mock.billing.run("standard");
    await page.goto(`${mock.origin}/account/payment`);
    await page.getByTestId("payment-method").waitFor();
    await page.getByRole("button", { name: "Add a card" }).click();
    await page.getByLabel("Card number").waitFor();
    await fits(page, "payment");
    await page.goto(`${mock.origin}/account/invoices`);
    await page.getByTestId("invoice").first().waitFor();
    await fits(page, "invoices");
    await page.goto(`${mock.origin}/account`);
    await page.getByRole("heading", { name: "Standard" }).waitFor();
    await fits(page, "overview");
    expect(open?.problems).toEqual([]);
  });
});

describe("choosing a plan", () => {
  it("goes from a plan over a card to a trial by keyboard alone, and the card's number never reaches the service", async () => {
    const page = await account("/account/plan");
    let heard = "";
    page.on("request", (request) => {
      if (request.url().startsWith(mock.origin)) heard += `${request.url()} ${request.postData() ?? ""}\n`;
    });
    await page.getByRole("radio", { name: /Standard/ }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("radio", { name: /Premium/ }).isChecked()).toBe(true);
    await page.getByRole("button", { name: "Go on to payment" }).press("Enter");
    await page.getByLabel("Card number").focus();
    await page.keyboard.type(OK);
    expect(await page.getByLabel("Card number").inputValue()).toBe("4242 4242 4242 4242");
    await page.keyboard.press("Tab");
    await page.keyboard.type("630");
    expect(await page.getByLabel("Expires").inputValue()).toBe("06 / 30");
    await page.keyboard.press("Tab");
    await page.keyboard.type("123");
    await page.keyboard.press("Enter");
    await page.getByText("On trial").waitFor();
    expect(mock.billing.asked).toHaveLength(1);
    expect(mock.billing.asked[0]?.body).toMatchObject({ plan_id: "premium", currency: "EUR", payment_method_token: "tok_1", trial: true });
    expect(heard).toContain("/billing/subscription");
    expect(heard.replaceAll(" ", "")).not.toContain(OK);
  });

  it("keeps the caret while a digit is mended, and takes a pasted number", async () => {
    const page = await account("/account/plan");
    await page.getByRole("button", { name: "Go on to payment" }).click();
    const number = page.getByLabel("Card number");
    await number.fill("4242 4244 2424 2424 2");
    await number.evaluate((input: HTMLInputElement) => input.setSelectionRange(9, 9));
    await number.press("Backspace");
    expect(await number.inputValue()).toBe("4242 4242 4242 4242");
    expect(await number.evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(8);
    await number.fill("");
    await number.focus();
    await page.keyboard.insertText(" 4000-0025-0000-3155 ");
    expect(await number.inputValue()).toBe("4000 0025 0000 3155");
  });

  it("ties a decline to the card's number, and another card goes through", async () => {
    const page = await account("/account/plan");
    await page.getByRole("button", { name: "Go on to payment" }).click();
    await fillCard(page, DECLINED);
    await page.getByRole("button", { name: /Start 7 days free/ }).click();
    await page.getByRole("alert").getByText("The payment was declined").waitFor();
    const number = page.getByLabel("Card number");
    expect(await number.getAttribute("aria-invalid")).toBe("true");
    const described = await number.evaluate((input) => (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "));
    expect(described).toContain("blocked this card");
    await fillCard(page, OK);
    await page.getByRole("button", { name: /Start 7 days free/ }).click();
    await page.getByText("On trial").waitFor();
    expect(new Set(mock.billing.asked.map((one) => one.key)).size).toBe(2);
  });

  it("sends a lost request again under the same key and with the same token", async () => {
    const page = await account("/account/plan");
    await page.getByRole("button", { name: "Go on to payment" }).click();
    await fillCard(page, OK);
    mock.billing.lost = 1;
    await page.getByRole("button", { name: /Start 7 days free/ }).click();
    await page.getByText("The request was lost.").waitFor();
    await page.getByRole("button", { name: /Start 7 days free/ }).click();
    await page.getByText("On trial").waitFor();
    expect(mock.billing.asked).toHaveLength(2);
    expect(mock.billing.asked[0]).toEqual(mock.billing.asked[1]);
  });

  it.each([
    ["Approve", "Confirmed. Your plan runs."],
    ["Deny", "The payment was not confirmed, so nothing was charged."],
  ])("goes to the bank and back: %s", async (answer, words) => {
    const page = await account("/account/plan");
    await page.getByRole("button", { name: "Go on to payment" }).click();
    await fillCard(page, CHALLENGE);
    await page.getByRole("button", { name: /Start 7 days free/ }).click();
    await page.getByRole("heading", { name: "Your bank" }).waitFor();
    await page.getByRole("button", { name: answer }).click();
    await page.getByText(words).waitFor();
    await fits(page, "back from the bank");
  });

  it("quotes with a coupon, refuses a wrong one at its field, and a gift makes the card needless", async () => {
    const page = await account("/account/plan");
    mock.billing.book.trial_available = false;
    await page.reload();
    await page.getByRole("button", { name: "Go on to payment" }).click();
    await page.getByLabel("Coupon").fill("nope");
    await page.getByRole("button", { name: "Apply the coupon" }).click();
    await page.getByText("There is no such coupon").waitFor();
    await page.getByLabel("Coupon").fill("half");
    await page.getByRole("button", { name: "Apply the coupon" }).click();
    await page.getByRole("button", { name: "Pay €4.99" }).waitFor();
    await page.getByRole("button", { name: "Take it off" }).click();
    await page.getByRole("button", { name: "Pay €9.99" }).waitFor();
    await page.getByLabel("Gift code").fill("gift-2026");
    await page.getByRole("button", { name: "Redeem the gift" }).click();
    await page.getByText("Your gift balance is €25.00").waitFor();
    await page.getByText("Your balance pays for this.").waitFor();
    await page.getByRole("button", { name: "Start the plan" }).click();
    await page.getByText("Running").waitFor();
    expect(mock.billing.asked.at(-1)?.body).not.toHaveProperty("payment_method_token");
  });
});

describe("changing a plan", () => {
  it("shows what an upgrade costs now before it is made", async () => {
    mock.billing.run("standard");
    const page = await account("/account/plan");
    await page.getByRole("radio", { name: /Premium/ }).check();
    await page.getByRole("button", { name: "See what it costs" }).click();
    await page.getByText("Premium for the rest of the month").waitFor();
    await expectAccessible(page, "upgrade");
    await page.getByRole("button", { name: "Change and pay €3.33" }).click();
    await page.getByRole("heading", { level: 2, name: "Premium" }).waitFor();
  });

  it("puts a cheaper plan off to the month's end, and takes that back", async () => {
    mock.billing.run("standard");
    const page = await account("/account/plan");
    await page.getByRole("radio", { name: /Basic/ }).check();
    await page.getByRole("button", { name: "See what it costs" }).click();
    await page.getByRole("button", { name: /^Change on / }).click();
    await page.getByRole("button", { name: "Stay on Standard" }).click();
    await page.getByRole("button", { name: "Stay on Standard" }).waitFor({ state: "detached" });
    await expect.poll(() => mock.billing.asked.map((one) => one.path)).toEqual(["change", "drop"]);
  });

  it("says what is kept on cancelling, and takes a cancellation back", async () => {
    mock.billing.run("standard");
    const page = await account("/account/plan");
    await page.getByRole("button", { name: "Cancel the plan" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("everything plays as before").waitFor();
    await expectAccessible(page, "cancel");
    await dialog.getByRole("button", { name: "Cancel the plan" }).click();
    await page.getByText(/^Ends on/).waitFor();
    await page.getByRole("button", { name: "Keep the plan after all" }).click();
    await page.getByText("Running").waitFor();
  });

  it("pauses and goes on", async () => {
    mock.billing.run("standard");
    const page = await account("/account/plan");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText(/^Pauses on/).waitFor();
    await page.getByRole("button", { name: "Do not pause" }).click();
    await page.getByText("Running").waitFor();
    mock.billing.run("standard", { state: "paused", paused: true, next_charge: null });
    await page.reload();
    await page.getByRole("button", { name: "Take it up again" }).click();
    await page.getByRole("button", { name: "Begin again" }).click();
    await page.getByText("Running").waitFor();
  });

  it("tells of a failed payment and settles it", async () => {
    mock.billing.run("standard", { state: "past_due", amount_owed: 999, grace_until: inDays(9), next_retry_at: inDays(2) });
    const page = await account("/account/plan");
    await page.getByRole("alert").getByText("€9.99 could not be charged.").waitFor();
    await page.getByRole("button", { name: "Pay €9.99 now" }).click();
    await page.getByText("Running").waitFor();
  });
});

describe("payment and invoices", () => {
  it("adds a card, prefers the other, removes one, and says why the last one stays", async () => {
    mock.billing.run("standard");
    const page = await account("/account/payment");
    await page.getByRole("button", { name: "Remove Visa •••• 4242" }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("Add another card first").waitFor();
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Add a card" }).click();
    await fillCard(page, CHALLENGE);
    await page.getByRole("button", { name: "Add the card" }).click();
    await page.getByText("Added. It is charged from now on.").waitFor();
    await page.getByRole("button", { name: "Charge first Visa •••• 4242" }).click();
    await page.getByRole("button", { name: "Charge first Visa •••• 3155" }).waitFor();
    await page.getByRole("button", { name: "Remove Visa •••• 3155" }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await until(page, () => document.querySelectorAll("[data-testid=payment-method]").length === 1);
  });

  it("adds a card through Stripe's own field where the house takes money with Stripe", async () => {
    mock.billing.run("standard");
    const page = await account("/account/payment");
    const elsewhere = await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() });
    const stands = await elsewhere.newPage();
    await stands.route("**/api/v1/billing/provider", (route) => route.fulfill({ json: { provider: "stripe", publishable_key: "pk_test_1" } }));
    await stands.route("https://js.stripe.com/**", (route) => route.fulfill({ contentType: "text/javascript", body: STRIPE_SCRIPT }));
    await stands.goto(`${mock.origin}/account/payment`);
    await stands.getByRole("button", { name: "Add a card" }).click();
    const field = stands.getByRole("textbox", { name: "Credit or debit card" });
    await field.fill("4000");
    await expectAccessible(stands, "Stripe's field");
    await stands.getByRole("button", { name: "Add the card" }).click();
    await stands.getByText("Your card number is incomplete.").waitFor();
    await field.fill("4242424242424242");
    const posted = stands.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/billing/payment-methods"));
    await stands.getByRole("button", { name: "Add the card" }).click();
    expect((await posted).postDataJSON()).toMatchObject({ token: "pm_of_4242" });
    await elsewhere.close();
  });

  it("says so when Stripe's field cannot be loaded", async () => {
    mock.billing.run("standard");
    const page = await account("/account/payment");
    const elsewhere = await browser.newContext({ bypassCSP: true, storageState: await page.context().storageState() });
    const alone = await elsewhere.newPage();
    await alone.route("**/api/v1/billing/provider", (route) => route.fulfill({ json: { provider: "stripe", publishable_key: "pk_test_1" } }));
    await alone.route("https://js.stripe.com/**", (route) => route.abort());
    await alone.goto(`${mock.origin}/account/payment`);
    await alone.getByRole("button", { name: "Add a card" }).click();
    await alone.getByText("The card field did not load").waitFor();
    expect(await alone.getByRole("button", { name: "Add the card" }).isDisabled()).toBe(true);
    await elsewhere.close();
  });

  it("lists invoices and credit notes, page by page, with their papers", async () => {
    const page = await account("/account/invoices");
    await page.getByText("Credit note MT-2026-000002").waitFor();
    expect(await page.getByText("−€9.99").count()).toBe(1);
    expect(await page.getByRole("link", { name: "PDF of MT-2026-000001" }).getAttribute("href")).toBe("/api/v1/billing/invoices/inv-1/pdf");
    await page.getByRole("button", { name: "Show older ones" }).click();
    await page.getByText("Invoice MT-2026-000003").waitFor();
  });
});
