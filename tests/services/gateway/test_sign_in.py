import pytest

from matinee.kit.signing import SigningKey
from matinee.services.gateway.refusals import OperatorKeyError, SignInWaitError
from matinee.services.gateway.settings import GatewaySettings
from matinee.services.gateway.sign_in import Attempts, SignIn, canonical_key
from matinee.testing.clock import ManualClock
from matinee.testing.ids import CountingIds

KEY = "ABCDE-01234-FGHJK-56789-MNPQR"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def sign_in(clock):
    key = SigningKey(SigningKey.generate())
    return SignIn(operator_key=KEY, key=key, clock=clock, ids=CountingIds(), settings=GatewaySettings())


@pytest.mark.parametrize("typed", [KEY, KEY.lower(), KEY.replace("-", " "), "abcdeO1234fghjk56789mnpqr", f" {KEY}\n"])
def test_the_key_is_taken_as_people_type_it(sign_in, typed):
    sign_in.check_key(typed, "192.0.2.1")


@pytest.mark.parametrize("typed", ["", KEY[:-1], KEY + "A", "é" * 25, "A" * 10_000, "\0"])
def test_other_keys_are_wrong(sign_in, typed):
    with pytest.raises(OperatorKeyError) as refusal:
        sign_in.check_key(typed, "192.0.2.1")
    assert KEY not in str(refusal.value)


def test_a_long_text_with_the_key_in_front_is_not_the_key():
    assert canonical_key(KEY + "-" * 500 + "X") == canonical_key(KEY)
    assert canonical_key(KEY + "X") != canonical_key(KEY)


def test_sessions_end_with_their_time_and_by_hand(sign_in, clock):
    token = sign_in.open_session()
    name = sign_in.session(token)
    assert name
    clock.advance(43_199)
    assert sign_in.session(token) == name
    clock.advance(1)
    assert sign_in.session(token) is None
    other = sign_in.open_session()
    sign_in.end_session(sign_in.session(other))
    assert sign_in.session(other) is None
    for forged in ("", "x", token[:-2], token + "A", f"{token}.{token}"):
        assert sign_in.session(forged) is None


def test_wrong_keys_make_an_address_wait_ever_longer(clock):
    attempts = Attempts(clock, allowed=5, longest_wait_seconds=300)
    waits = []
    for _ in range(16):
        attempts.check("192.0.2.1")
        attempts.failed("192.0.2.1")
        try:
            attempts.check("192.0.2.1")
        except SignInWaitError as refusal:
            waits.append(refusal.facts["retry_after_seconds"])
            clock.advance(refusal.facts["retry_after_seconds"])
    assert len(waits) == 12
    assert waits == sorted(waits)
    assert waits[-1] in {300, 301}
    attempts.check("192.0.2.2")
    attempts.succeeded("192.0.2.1")
    for _ in range(4):
        attempts.failed("192.0.2.1")
    attempts.check("192.0.2.1")


def test_a_client_cannot_escape_inside_its_own_ipv6_network(clock):
    attempts = Attempts(clock, allowed=1, longest_wait_seconds=300)
    attempts.failed("2001:db8::1")
    attempts.failed("2001:db8::2")
    with pytest.raises(SignInWaitError):
        attempts.check("2001:db8::ffff:3")
    attempts.check("2001:db8:0:1::1")


def test_addresses_are_forgotten_when_there_are_too_many(clock):
    attempts = Attempts(clock, allowed=1, longest_wait_seconds=300)
    for number in range(10_050):
        attempts.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(attempts._failures) == 10_000
