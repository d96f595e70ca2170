"""The processor as a cardholder's browser meets it: tokens across origins, and the bank's question."""

from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Error, async_playwright

from matinee.testing.edge_process import free_port
from matinee.testing.sandbox import shop

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SEND_CARD = """async (url) => {
  const card = {number: "4000002500003155", exp_month: 12, exp_year: 2099, cvc: "123"};
  const options = {method: "POST", body: JSON.stringify(card), headers: {"content-type": "application/json"}};
  return (await fetch(url, options)).json();
}"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@asynccontextmanager
async def some_page(port):
    async def page(_):
        return web.Response(text="<!doctype html><title>Home</title><h1>Home</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{any:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chromium(path):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def test_a_page_of_the_service_gets_a_token_and_the_bank_asks(tmp_path, chromium_path):
    async with (
        some_page(free_port()) as home,
        some_page(free_port()) as elsewhere,
        shop(tmp_path, web_origins=(home,)) as till,
        chromium(chromium_path) as page,
    ):
        await page.goto(elsewhere)
        with pytest.raises(Error, match="Failed to fetch"):
            await page.evaluate(SEND_CARD, f"{till.url}/v1/tokens")
        await page.goto(home)
        token = await page.evaluate(SEND_CARD, f"{till.url}/v1/tokens")
        _, method = await till.call("POST", "/v1/methods", {"token": token["token"]})
        _, charge = await till.charge(method, "k", return_url=f"{home}/account/plan")
        await page.goto(charge["challenge_url"])
        assert await violations(page) == []
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url(f"{home}/account/plan")
        assert await till.charged("k") == 1
        await page.goto(f"{till.url}/")
        assert await violations(page) == []


async def violations(page):
    if not AXE.exists():
        pytest.skip("axe-core: run make web")
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]]
