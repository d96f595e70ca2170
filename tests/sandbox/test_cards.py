"""Every test card does what its line says."""

import asyncio
from pathlib import Path

import pytest

from matinee.sandbox.cards import CARDS, CardError, card_of, kept_card
from matinee.testing.sandbox import card


def luhn(number):
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def test_numbers_pass_the_check_that_pages_make():
    assert all(luhn(one.number) for one in CARDS)


def test_the_last_four_digits_name_the_card():
    assert all(kept_card(one.number[-4:]) is one for one in CARDS)


def test_spaces_and_dashes_are_fine():
    assert card_of("4242-4242 4242-4242") is card("Success")


@pytest.mark.parametrize("number", ["4111111111111111", "4242", "", "\uff14\uff12" * 8])
def test_no_other_number_is_taken(number):
    with pytest.raises(CardError) as caught:
        card_of(number)
    assert not number or number not in caught.value.detail


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Success", ["", "", ""]),
        ("Soft decline", ["declined", "declined"]),
        ("Insufficient funds", ["insufficient-funds", "insufficient-funds"]),
        ("Funds arrive", ["insufficient-funds", "", ""]),
        ("Stolen", ["stolen-card!", "stolen-card!"]),
        ("Closed account", ["closed-account!"]),
        ("Expired", ["expired-card!"]),
        ("Renewal declines", ["", "declined", "declined"]),
        ("Three, then closed", ["", "", "", "closed-account!", "closed-account!"]),
    ],
)
async def test_outcomes_in_their_order(till, name, expected):
    method = await till.kept(name)
    got = []
    for number in range(len(expected)):
        status, charge = await till.charge(method, f"k{number}")
        assert status == 201
        assert (charge["status"] == "succeeded") is (charge["decline_code"] == "")
        got.append(charge["decline_code"] + ("!" if charge["hard"] else ""))
    assert got == expected


async def test_a_charge_before_the_time_out_is_there_when_asked(till):
    method = await till.kept("Times out after charging")
    assert (await till.charge(method, "k"))[0] == 503
    status, charge = await till.charge(method, "k")
    assert (status, charge["status"]) == (201, "succeeded")
    assert await till.charged("k") == 1


async def test_a_time_out_before_charging_takes_nothing_until_it_is_sent_again(till):
    method = await till.kept("Times out before charging")
    assert (await till.charge(method, "k"))[0] == 503
    assert (await till.call("GET", "/v1/charges?idempotency_key=k"))[1] == {"items": []}
    assert (await till.charge(method, "k"))[0] == 201
    assert await till.charged("k") == 1


async def test_while_one_caller_waits_others_are_served(till):
    slow, fast = await till.kept("Times out after charging"), await till.kept("Success")
    waiting = asyncio.create_task(till.charge(slow, "slow"))
    assert (await till.charge(fast, "fast"))[0] == 201
    assert not waiting.done()
    await waiting


@pytest.mark.parametrize(("name", "asked"), [("Challenge once", [True, False]), ("Challenge always", [True, True])])
async def test_challenges(till, name, asked):
    method = await till.kept(name)
    for number, asks in enumerate(asked):
        _, charge = await till.charge(method, f"k{number}")
        assert (charge["status"] == "requires-action") is asks
        assert charge["challenge_url"].startswith(till.url) is asks
        if asks:
            await till.answer(charge["challenge_url"], "approve")


def test_the_guide_lists_every_card():
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "payments.md").read_text()
    for one in CARDS:
        number = " ".join(one.number[start : start + 4] for start in range(0, 16, 4))
        assert f"| `{number}` | {one.name} | {one.does} |" in guide
