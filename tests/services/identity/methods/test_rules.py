"""The pure rules of codes, PINs, pairings, return paths and challenges."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.relational import migrate, open_database
from matinee.kit.ids import AccountId
from matinee.services.identity import module
from matinee.services.identity.adapters.store import SqlStore
from matinee.services.identity.ports.method_errors import ReturnPathError
from matinee.services.identity.ports.method_records import Pairing
from matinee.services.identity.service import device_grant, pins, return_paths, totp
from matinee.services.identity.service.challenges import Challenges

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# RFC 6238 appendix B, SHA-1; its codes have eight digits, of which six are used here.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp.accepted_step(RFC_SECRET, code[-6:], at_seconds=seconds, last_step=0) == seconds // 30


def test_a_code_counts_once_and_none_before_it_counts_after_it() -> None:
    at = 1_800_000_000
    before, current = (pyotp.TOTP(RFC_SECRET).at(at + offset) for offset in (-30, 0))
    step = totp.accepted_step(RFC_SECRET, current, at_seconds=at, last_step=0)
    assert step == at // 30
    assert totp.accepted_step(RFC_SECRET, current, at_seconds=at + 29, last_step=step) is None
    assert totp.accepted_step(RFC_SECRET, before, at_seconds=at, last_step=step) is None


@pytest.mark.parametrize(("offset", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(offset: int, *, fits: bool) -> None:
    at = 1_800_000_000
    code = pyotp.TOTP(RFC_SECRET).at(at + offset)
    assert (totp.accepted_step(RFC_SECRET, code, at_seconds=at, last_step=0) is not None) is fits


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666", "-12345", "123 45"]
)
def test_what_is_no_code_is_never_right(code: str) -> None:
    assert totp.accepted_step(RFC_SECRET, code, at_seconds=0, last_step=-10) is None


def test_recovery_codes_forgive_how_they_are_typed_and_nothing_else() -> None:
    code = totp.new_recovery_code()
    assert len(code.replace("-", "")) == 25
    digest = totp.recovery_digest(code, key=b"k")
    assert totp.recovery_digest(f" {code.upper().replace('-', ' ')} ", key=b"k") == digest
    assert totp.recovery_digest(code.replace("1", "l").replace("0", "O"), key=b"k") == digest
    assert totp.recovery_digest(code[:-1], key=b"k") != digest
    assert totp.recovery_digest(code, key=b"other") != digest


def test_the_qr_code_is_plain_svg() -> None:
    svg = totp.qr_svg("otpauth://totp/x")
    assert svg.startswith("<svg")
    assert "<script" not in svg


def test_pin_tries_are_free_at_first_and_then_cost_more_each_time() -> None:
    tries, waits = pins.PinTries(), []
    for _ in range(pins.FREE_TRIES + 9):
        tries = pins.after_try(tries, NOW)
        waits.append(pins.wait_seconds(tries, NOW))
    assert waits == [0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert pins.wait_seconds(tries, NOW + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("pin", "fits"),
    [
        ("1234", True),
        ("12345678", True),
        ("123", False),
        ("123456789", False),
        ("12a4", False),
        ("\u0661\u0662\u0663\u0664", False),
        ("1234\n", False),
    ],
)
def test_pins_have_four_to_eight_digits(pin: str, *, fits: bool) -> None:
    assert pins.acceptable(pin) is fits


def pairing(**changes: object) -> Pairing:
    fields: dict[str, object] = {
        "pairing_id": "p",
        "user_code": "BCDFGHJK",
        "client_id": "matinee-tv",
        "device_name": "TV",
        "address_group": "192.0.2.1",
        "address_hint": "192.0.2.x",
        "state": "pending",
        "interval_seconds": 5,
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Pairing(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_device_waits_then_gets_tokens_once() -> None:
    waiting, answer = device_grant.ask(pairing(), NOW)
    assert answer == "authorization_pending"
    approved = device_grant.decide(waiting, NOW, account_id=AccountId("a"), state="approved")
    assert approved is not None
    used, answer = device_grant.ask(approved, NOW + timedelta(seconds=5))
    assert answer == "granted"
    assert device_grant.ask(used, NOW + timedelta(seconds=10))[1] == "invalid_grant"


def test_asking_too_often_makes_the_interval_longer_and_keeps_it() -> None:
    waiting, _ = device_grant.ask(pairing(), NOW)
    slower, answer = device_grant.ask(waiting, NOW + timedelta(seconds=1))
    assert (answer, slower.interval_seconds) == ("slow_down", 10)
    assert device_grant.ask(slower, NOW + timedelta(seconds=7))[1] == "slow_down"
    assert device_grant.ask(slower, NOW + timedelta(seconds=11))[1] == "authorization_pending"


def test_slowing_down_never_gives_tokens_early() -> None:
    approved = pairing(state="approved", asked_at=NOW, account_id="a")
    assert device_grant.ask(approved, NOW + timedelta(seconds=1))[1] == "slow_down"


def test_refused_and_expired_devices_are_told() -> None:
    assert device_grant.ask(pairing(state="denied"), NOW)[1] == "access_denied"
    late = NOW + timedelta(minutes=10)
    assert device_grant.ask(pairing(state="approved", account_id="a"), late)[1] == "expired_token"
    assert device_grant.decide(pairing(), late, account_id=AccountId("a"), state="approved") is None


@pytest.mark.parametrize("state", ["approved", "denied", "used"])
def test_a_decision_is_made_once(state: str) -> None:
    assert device_grant.decide(pairing(state=state), NOW, account_id=AccountId("b"), state="approved") is None


def test_user_codes_are_found_however_they_are_typed() -> None:
    code = device_grant.new_user_code()
    assert len(code) == 8
    assert device_grant.typed(f" {device_grant.shown(code).lower()} ") == code


@pytest.mark.parametrize(
    "path", ["/", "/browse", "/account/security?tab=passkeys", "/title/abc?t=10&x=%2F", "/a-b_c.d~e"]
)
def test_paths_of_this_site_are_taken(path: str) -> None:
    assert return_paths.checked(path) == path


@given(st.text(max_size=40))
def test_whatever_is_taken_stays_on_this_site(text: str) -> None:
    try:
        path = return_paths.checked(text)
    except ReturnPathError:
        return
    assert path.startswith("/")
    assert not path.startswith("//")
    assert "\\" not in path


async def test_a_challenge_is_taken_once_for_its_purpose_until_it_expires(tmp_path: Path) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/i.db") as database:
        await migrate(database, room="identity", script_location=Path(module.__file__).parent / "adapters/migrations")
        store, challenges = SqlStore(database), Challenges(b"k" * 32, seconds=60)

        async def take(challenge: bytes, *, purpose: str = "p", late: int = 0) -> bool:
            async with store.writing() as tx:
                return await challenges.take(tx, challenge, purpose, now=NOW + timedelta(seconds=late))

        good = challenges.make("p", now=NOW)
        assert not await take(good, purpose="q")
        assert not await take(good[:-1])
        assert not await take(bytes([good[0] ^ 1]) + good[1:])
        assert not await take(Challenges(b"o" * 32, seconds=60).make("p", now=NOW))
        assert not await take(good, late=60)
        assert await take(good, late=59)
        assert not await take(good)
        async with store.writing() as tx:
            await tx.spent.sweep(now=NOW + timedelta(seconds=60))
        assert not await take(good, late=60)
