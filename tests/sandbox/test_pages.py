"""The processor's pages."""

import pytest

from matinee.sandbox.cards import CARDS
from matinee.testing.clock import ManualClock
from matinee.testing.sandbox import ORIGIN, shop


async def text_of(till, url):
    async with till.http.get(url) as response:
        return response.status, await response.text(), response.headers


async def asked(till, **changes):
    _, charge = await till.charge(await till.kept("Challenge once"), "k", **changes)
    return charge["challenge_url"]


async def test_the_index_lists_every_card(till):
    status, text, _ = await text_of(till, f"{till.url}/")
    assert status == 200
    for card in CARDS:
        assert card.name in text
        assert card.number[-4:] in text


async def test_a_challenge_shows_what_it_is_about(till):
    url = await asked(till, amount=1299)
    status, text, headers = await text_of(till, url)
    assert status == 200
    assert "12.99 EUR" in text
    assert "3155" in text
    assert "script" not in text
    assert "default-src 'none'" in headers["content-security-policy"]
    assert f"form-action 'self' {ORIGIN}" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(("word", "status"), [("approve", "succeeded"), ("deny", "declined"), ("what", "declined")])
async def test_the_answer_leads_back_to_the_service(till, word, status):
    url = await asked(till, return_url=f"{ORIGIN}/account/plan?from=bank")
    async with till.http.post(url, data={"answer": word}, allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["location"] == f"{ORIGIN}/account/plan?from=bank"
    charge = (await till.call("GET", "/v1/charges?idempotency_key=k"))[1]["items"][0]
    assert charge["status"] == status


async def test_a_question_is_answered_once(till):
    url = await asked(till)
    await till.http.post(url, data={"answer": "deny"}, allow_redirects=False)
    async with till.http.post(url, data={"answer": "approve"}, allow_redirects=False) as response:
        assert response.status == 404
    assert (await text_of(till, url))[0] == 404
    assert await till.charged("k") == 0


async def test_a_question_that_nobody_answers_is_a_decline(tmp_path):
    clock = ManualClock()
    async with shop(tmp_path, clock=clock, challenge_seconds=60) as till:
        url = await asked(till)
        await till.box.until(1)
        clock.advance(61)
        assert (await text_of(till, url))[0] == 404
        await till.box.until(2)
        assert till.box.events()[1]["kind"] == "charge.declined"
        assert till.box.events()[1]["charge"]["decline_code"] == "challenge-failed"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        f"{ORIGIN}.evil.example/",
        f"{ORIGIN}@evil.example/",
        "http://127.0.0.1:84000/",
        "/relative",
    ],
)
async def test_attack_22_a_challenge_returns_to_the_service_only(till, url):
    status, problem = await till.charge(await till.kept("Challenge once"), "k", return_url=url)
    assert (status, problem["code"]) == (400, "return-url")
