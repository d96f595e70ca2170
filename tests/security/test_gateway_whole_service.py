"""A member's session through the running service, in one process and in many: joining, renewing, signing out."""

import asyncio
import re
import time

import aiohttp
import msgspec
import pytest

from matinee.testing.deployment import Deployment

API = "/api/v1"
EMAIL, PASSWORD = "viewer@example.org", "correct horse battery staple 9"
_TOKEN = re.compile(r"token=([A-Za-z0-9_.-]+)")


class Browser:
    """Keeps cookies by name and path as a browser does, and says where its requests come from."""

    def __init__(self, http, url):
        self.http, self.url, self.jar = http, url, {}

    async def ask(self, method, path, body=None, **headers):
        sent = [f"{name}={value}" for name, (value, where) in self.jar.items() if path.startswith(where)]
        headers = {"origin": self.url, **headers, **({"cookie": "; ".join(sent)} if sent else {})}
        async with self.http.request(method, self.url + path, json=body, headers=headers) as answer:
            text = await answer.read()
            for cookie in answer.cookies.values():
                gone = cookie["max-age"] == "0" or not cookie.value or cookie.value == "null"
                assert cookie["httponly"]
                assert cookie["samesite"].lower() == "strict"
                if gone:
                    self.jar.pop(cookie.key, None)
                else:
                    self.jar[cookie.key] = (cookie.value, cookie["path"])
            return answer.status, msgspec.json.decode(text) if text else None


async def joined(service, http):
    browser = Browser(http, service.url)
    status, _ = await browser.ask("POST", f"{API}/accounts", {"email": EMAIL, "password": PASSWORD})
    assert status == 202
    async with asyncio.timeout(20):
        while True:
            mails = await asyncio.to_thread(service.call, "GET", f"{API}/mailbox?limit=10")
            found = _TOKEN.search(str(mails["items"]))
            if found:
                break
            await asyncio.sleep(0.1)
    status, view = await browser.ask("POST", f"{API}/accounts/verification", {"token": found[1], "password": PASSWORD})
    assert (status, view["role"]) == (200, "member")
    return browser


@pytest.fixture(params=["one", "many"])
def service(request, tmp_path):
    deployment = Deployment(tmp_path / "data", mode=request.param).start()
    yield deployment
    deployment.stop()


@pytest.mark.slow
async def test_attack_20_a_session_lives_as_its_owner_says_through_the_whole_service(service):
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        first = await joined(service, http)
        second = Browser(http, service.url)
        assert (await second.ask("POST", f"{API}/session", {"email": EMAIL, "password": PASSWORD}))[0] == 200
        assert {name: path for name, (_, path) in second.jar.items()} == {
            "matinee_access": "/",
            "matinee_refresh": "/api/v1/session",
        }
        for browser in (first, second):
            assert (await browser.ask("GET", f"{API}/account/sessions"))[0] == 200
            assert (await browser.ask("GET", f"{API}/studio/titles"))[1]["code"] == "forbidden"
        await _renew(second)
        await _sign_out_elsewhere(first, second)
        async with http.get(f"{service.url}/.well-known/jwks.json") as answer:
            assert len((await answer.json(content_type=None))["keys"]) >= 1


async def _renew(browser):
    before = dict(browser.jar)
    browser.jar["matinee_access"] = ("broken.access.token", "/")
    assert (await browser.ask("GET", f"{API}/account/sessions"))[1]["code"] == "session-expired"
    elsewhere = {"origin": "https://evil.example"}
    assert (await browser.ask("POST", f"{API}/session/refresh", **elsewhere))[1]["code"] == "cross-site"
    assert (await browser.ask("POST", f"{API}/session/refresh"))[0] == 200
    assert browser.jar["matinee_refresh"] != before["matinee_refresh"]
    assert (await browser.ask("GET", f"{API}/account/sessions"))[0] == 200


async def _sign_out_elsewhere(first, second):
    """Ends every other session; the other browser's token would live for minutes, and must count no more after 2 s."""
    assert (await first.ask("DELETE", f"{API}/account/sessions"))[0] in {200, 204}
    began = time.monotonic()
    while (await second.ask("GET", f"{API}/account/sessions"))[0] == 200:
        assert time.monotonic() - began < 2.0
        await asyncio.sleep(0.05)
    assert (await second.ask("GET", f"{API}/account/sessions"))[1]["code"] == "session-expired"
    assert (await second.ask("POST", f"{API}/session/refresh"))[0] == 401
    assert (await first.ask("GET", f"{API}/account/sessions"))[0] == 200
